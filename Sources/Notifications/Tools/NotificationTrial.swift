public import Notifier
import Model

/// Sends a sample to each integration of a receiver and says what came of it.
public struct NotificationTrial: Sendable {
    private let sender: IntegrationSender
    private let sample: SampleDelivery
    private let externalAddress: String

    public init(sender: IntegrationSender, sample: SampleDelivery, externalAddress: String) {
        self.sender = sender
        self.sample = sample
        self.externalAddress = externalAddress
    }

    /// One line for each attempt, in the order of the file; false if one was not accepted.
    /// - Parameter resolves: whether each is then told that it is over.
    public func run(_ integrations: [NotifierPlan.Integration], resolves: Bool, print: (String) -> Void) async -> Bool {
        var areAllAccepted = true
        for phase in resolves ? [false, true] : [false] {
            for integration in integrations {
                let outcome = await attempt(integration, isResolved: phase)
                if outcome != .accepted { areAllAccepted = false }
                print("\(integration.key) \(phase ? "resolved" : "firing"): \(outcome.shown)")
            }
        }
        return areAllAccepted
    }

    private func attempt(_ integration: NotifierPlan.Integration, isResolved: Bool) async -> DeliveryOutcome {
        // A later trial is another delivery.
        let id = UInt64(bitPattern: sample.now) &* 2 &+ (isResolved ? 1 : 0)
        let delivery = sample.delivery(to: integration.key, isResolved: isResolved, id: id)
        return await sender.send(delivery, to: integration, externalAddress: externalAddress)
    }
}

extension DeliveryOutcome {
    /// For people.
    public var shown: String {
        switch self {
        case .accepted: "accepted"
        case .refused(let reason): "refused: \(reason)"
        case .failed(let reason, let asked):
            "failed: \(reason)" + (asked.map { " (to be tried again in \(FloatFormat.plain(Double($0) / 1000)) s)" } ?? "")
        }
    }
}
