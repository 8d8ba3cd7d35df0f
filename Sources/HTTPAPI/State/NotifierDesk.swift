public import Catalog
public import Model
public import Notifier

/// The notifier as the API and the pages see it: what it knows, and who may be silenced.
///
/// What is asked for may be asked from any thread; what is ordered is kept when the call returns.
public protocol NotifierDesk: Sendable {
    /// Alerts that are not resolved, by fingerprint.
    func alerts() -> [AlertView]
    func groups() -> [GroupView]
    /// Those that have ended included, until they are forgotten.
    func silences() -> [Silence]
    /// The labels with which others are told of an alert of our rules that has these; nil if they are not.
    func told(_ labels: Labels) -> Labels?
    /// Names, in the order of the configuration.
    func receivers() -> [String]
    /// The configuration in force in Alertmanager's grammar, without secrets.
    func configuration() -> String
    /// Where people read clocks.
    var zone: Zone { get }
    /// How long an alert without an end counts as firing, milliseconds.
    var resolveTimeout: Int64 { get }

    func receive(_ alerts: [Alert]) async
    func set(_ silence: Silence, by requester: Requester) async throws(SilenceError) -> Silence
    /// One that has ended already stays as it is.
    func expire(_ id: String, by requester: Requester) async throws(SilenceError)

    /// Puts an event on record and into its series; a maintenance silences what its matchers say. Returns it with its ID.
    func begin(_ event: EventRecord) async throws(SilenceError) -> EventRecord
    /// The events that are not over at `from` and begin by `through`, the newest first.
    func events(from: Timestamp, through: Timestamp) async throws -> [EventRecord]
}
