import Model
import Notifier
import Synchronization

/// The notifier's state in the catalog. A commit waits for the disk, and for the records that came before it: what was told to anybody is on record.
final class StateStore: NotificationStore {
    private let file: CatalogFile
    private let thread: SerialThread
    private let recorder: Recorder
    private let alerts = Mutex(KeptAlerts())

    init(_ file: CatalogFile, _ recorder: Recorder, on thread: SerialThread) {
        self.file = file
        self.recorder = recorder
        self.thread = thread
    }

    /// To be called before the first commit. Throws `CatalogError`.
    func load() throws -> NotifierState {
        try onThread { [self] () throws(CatalogError) in
            var (state, written) = try file.loadState()
            alerts.withLock { alerts in
                alerts = KeptAlerts(written)
                state.alerts = alerts.latest
            }
            return state
        }
    }

    /// Throws `CatalogError`, for instance if SQLite is locked or the disk is full; none of the changes is kept then.
    func commit(_ changes: [NotifierChange]) throws {
        let steps = alerts.withLock { $0.steps(of: changes) }
        if steps.contains(where: \.isWritten) {
            try onThread { [self] () throws(CatalogError) in
                recorder.write()
                try file.write { db in for step in steps { try CatalogFile.put(step, db) } }
            }
        }
        alerts.withLock { alerts in for step in steps { alerts.take(step) } }
    }

    /// Writes what the disk is behind with. The thread's own affair.
    func settle() throws(CatalogError) {
        let settled = alerts.withLock { $0.settled }
        guard !settled.isEmpty else { return }
        try file.write { db in for alert in settled { try CatalogFile.put(alert, db) } }
        alerts.withLock { alerts in for alert in settled { alerts.take(.write(alert)) } }
    }

    private func onThread<R: Sendable>(_ body: @escaping @Sendable () throws(CatalogError) -> R) throws(CatalogError) -> R {
        guard let result = thread.run({ Result { () throws(CatalogError) in try body() } }) else { throw .closed }
        return try result.get()
    }
}
