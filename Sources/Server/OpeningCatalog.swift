import Catalog
import Model
import Synchronization

/// The catalog for those who are there before it is open: what they record until then is kept in memory.
final class OpeningCatalog: Recording, RecordsReading {
    private struct State {
        var catalog: Catalog?
        var waiting: [RecordEntry] = []
    }

    /// Between a start and the opening hardly anything happens.
    private static let most = 1000
    private let state = Mutex(State())

    /// Asked before it is open.
    struct NotOpen: Error, CustomStringConvertible {
        let description = "the catalog is being opened"
    }

    func isOpen(_ catalog: Catalog) {
        state.withLock { state in
            state.catalog = catalog
            for entry in state.waiting { catalog.recorder.record(entry) }
            state.waiting = []
        }
    }

    func record(_ entry: RecordEntry) {
        state.withLock { state in
            if let catalog = state.catalog {
                catalog.recorder.record(entry)
            } else if state.waiting.count < Self.most {
                state.waiting.append(entry)
            }
        }
    }

    func records(_ query: RecordQuery) throws -> RecordPage {
        guard let catalog = state.withLock({ $0.catalog }) else { throw NotOpen() }
        return try catalog.records(query)
    }
}
