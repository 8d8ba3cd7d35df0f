import Catalog
import Logging
import Model
import Runtime
import Synchronization

/// Tells of wrong logins: each in the metrics, and at most two lines a minute of an address in the log and on record, so that a flood fills neither.
///
/// The first of an address is told at once, those of the following minute together when it is over.
final class FailedLogins: Sendable {
    /// Addresses that are told apart; the failures of all others are told as one's.
    private static let mostAddresses = 64
    private static let mostNames = 5

    fileprivate struct Gathered {
        var count = 0
        var names: [String] = []
        var omitsNames = false
    }

    private let window: Int64
    private let clock: any Clock
    private let recording: (any Recording)?
    private let logger: Logger
    private let timer = TimerThread(name: "failed logins")
    private let counters: [Login.Means: Counter]
    private let gathered = Mutex<[String: Gathered]>([:])

    /// - Parameter window: nanoseconds.
    init(_ registry: MetricsRegistry, _ clock: any Clock, _ recording: (any Recording)?, window: Int64, _ logger: Logger) {
        self.window = window
        self.clock = clock
        self.recording = recording
        self.logger = logger
        let counters = [Login.Means.password, .token].map { means in
            let labels = [MetricLabel("means", means.rawValue)]
            return (means, registry.counter("martlet_web_failed_logins_total", help: "Requests with a wrong password or token.", labels: labels))
        }
        self.counters = Dictionary(counters) { first, _ in first }
    }

    func add(_ credentials: Credentials, from address: String) {
        counters[credentials.means]?.increment()
        let claimed = credentials.claimed
        let (subject, isFirst) = gathered.withLock { gathered in
            let subject = gathered[address] == nil && gathered.count >= Self.mostAddresses ? "" : address
            guard var known = gathered[subject] else {
                gathered[subject] = Gathered()
                return (subject, true)
            }
            known.add(claimed, most: Self.mostNames)
            gathered[subject] = known
            return (subject, false)
        }
        guard isFirst else { return }
        tell(1, claimed: claimed, from: address)
        timer.set(after: window) { [self] in windowIsOver(subject) }
    }

    private func windowIsOver(_ subject: String) {
        guard let seen = gathered.withLock({ $0.removeValue(forKey: subject) }), seen.count > 0 else { return }
        tell(seen.count, claimed: seen.described, from: subject)
    }

    private func tell(_ count: Int, claimed: String?, from address: String) {
        var metadata: Logger.Metadata = ["address": "\(address)", "count": "\(count)"]
        if let claimed { metadata["claimed"] = "\(claimed)" }
        logger.warning("a login failed", metadata: metadata)
        let failure = count == 1 ? "wrong user name, password or token" : "wrong user name, password or token, \(count) times within a minute"
        recording?.record(
            .audit(
                AuditRecord(
                    time: clock.now(), by: Requester(claimed: claimed, address: address), action: "login.fail", object: "", failure: failure)))
    }
}

extension FailedLogins.Gathered {
    fileprivate mutating func add(_ name: String?, most: Int) {
        count += 1
        guard let name, !names.contains(where: { sameBytes($0, name) }) else { return }
        if names.count < most { names.append(name) } else { omitsNames = true }
    }

    fileprivate var described: String? {
        names.isEmpty ? nil : names.joined(separator: ", ") + (omitsNames ? " and others" : "")
    }
}
