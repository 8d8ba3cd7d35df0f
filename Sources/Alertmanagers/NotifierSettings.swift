public import Model

/// What sending works with, and its bounds.
public struct NotifierSettings: Sendable {
    public var carrier: any AlertCarrier
    public var clock: any Clock
    /// The address users reach the server by, without a slash at the end; links in alerts begin with it.
    public var externalURL: String
    /// Alerts that may wait for one receiver.
    public var queueCapacity = 10_000
    /// Alerts in one request.
    public var batchSize = 256
    /// Told what goes wrong.
    public var report: @Sendable (NotificationEvent) -> Void

    public init(carrier: any AlertCarrier, clock: any Clock, externalURL: String, report: @escaping @Sendable (NotificationEvent) -> Void = { _ in })
    {
        self.carrier = carrier
        self.clock = clock
        self.externalURL = externalURL
        self.report = report
    }
}

/// Something that went wrong with sending, for the log.
public enum NotificationEvent: Sendable, Equatable, CustomStringConvertible {
    case failed(url: String, alerts: Int, reason: String)
    case overflow(url: String, alerts: Int)
    /// Not sent before the end, or before the receiver was gone.
    case abandoned(url: String, alerts: Int)

    public var description: String {
        switch self {
        case .failed(let url, let alerts, let reason): "\(alerts) alerts could not be sent to \(url): \(reason)"
        case .overflow(let url, let alerts): "the queue of \(url) is full; the \(alerts) oldest alerts were dropped"
        case .abandoned(let url, let alerts): "\(alerts) alerts that waited for \(url) were dropped"
        }
    }
}
