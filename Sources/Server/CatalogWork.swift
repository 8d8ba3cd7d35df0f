import Catalog
import Logging
import Model
import Rules
import Runtime
import Synchronization
import TSDB

/// The catalog of a running server, looked after once a second, from before its rules until behind their end.
final class CatalogWork: Sendable {
    private static let interval: Int64 = 1_000_000_000

    let catalog: Catalog
    /// Puts what becomes of alerts on record.
    let transitions: any AlertTransitionSink
    private let wake = Semaphore()
    private let ended = Semaphore()
    private let isStopping = Atomic<Bool>(false)

    /// Opens it. Throws `CatalogError`.
    init(_ dataFolder: String, _ options: CatalogOptions, _ files: any FileSystem, _ clock: any Clock, _ registry: MetricsRegistry, _ logger: Logger)
        throws
    {
        catalog = try Catalog(CatalogFolder.path(in: dataFolder), options, files: files, clock: clock, registry: registry) { event in
            logger.log(level: event.isError ? .error : .info, "catalog", metadata: ["event": "\(event)"])
        }
        transitions = AlertRecording(AlertHistory(try catalog.openAlerts()), catalog.recorder)
        startThread { [self] in
            while !isStopping.load(ordering: .relaxed) {
                catalog.maintain()
                _ = wake.wait(nanoseconds: Self.interval)
            }
            ended.signal()
        }
    }

    /// Writes what waits and closes the catalog.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        wake.signal()
        ended.wait()
        catalog.close()
    }
}

/// Puts transitions on record, each once, also over restarts.
final class AlertRecording: AlertTransitionSink {
    private let history: Mutex<AlertHistory>
    private let recorder: any Recording

    init(_ history: consuming AlertHistory, _ recorder: any Recording) {
        self.history = Mutex(history)
        self.recorder = recorder
    }

    func changed(_ transitions: [AlertTransition]) {
        record { history in transitions.compactMap { history.take(TransitionRecord($0)) } }
    }

    func settled(_ alerts: ActiveAlerts, at time: Timestamp) {
        record { $0.settle(file: alerts.file, group: alerts.group, active: alerts.labels, unknown: alerts.unknown, at: time) }
    }

    func applied(at time: Timestamp, _ isInForce: (_ file: String, _ group: String) -> Bool) {
        record { $0.retain(at: time, isInForce) }
    }

    /// Recorded under the lock, so that the steps of an alert stay in order.
    private func record(_ body: (inout AlertHistory) -> [TransitionRecord]) {
        history.withLock { history in
            for transition in body(&history) { recorder.record(.transition(transition)) }
        }
    }
}

extension TransitionRecord {
    init(_ transition: AlertTransition) {
        self.init(
            time: transition.time, group: transition.group, file: transition.file, labels: transition.labels, annotations: transition.annotations,
            from: State(transition.from), to: State(transition.to), activeAt: transition.activeAt, value: transition.value)
    }
}

extension TransitionRecord.State {
    init(_ state: AlertState) {
        switch state {
        case .inactive: self = .inactive
        case .pending: self = .pending
        case .firing: self = .firing
        }
    }
}
