public import Notifier

/// Makes one attempt to bring a delivery to an integration.
public protocol DeliverySending: Sendable {
    /// Returns once it is known how the attempt ended, after a bounded time; ends early, with `failed`, when the task is cancelled.
    /// - Parameter externalAddress: where the server is reached from outside, with its path.
    func send(_ delivery: Delivery, to integration: NotifierPlan.Integration, externalAddress: String) async -> DeliveryOutcome
}
