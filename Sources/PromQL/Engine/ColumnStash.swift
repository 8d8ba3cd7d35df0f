import Model
import Synchronization

/// The columns that queries have done with, for the next ones: memory fresh from the system costs as much as the decoding into it.
final class ColumnStash: Sendable {
    /// Bytes.
    private static let limit = 12 << 20

    private struct State: @unchecked Sendable {
        // Whoever takes a column is the only one to have it.
        var columns: [SampleColumn] = []
        var bytes = 0
    }

    private let state = Mutex(State())

    /// An empty column.
    func take() -> SampleColumn {
        let known = state.withLock { state in
            let known = state.columns.popLast()
            state.bytes -= known?.bytes ?? 0
            return Handover(column: known)
        }
        return known.column ?? SampleColumn()
    }

    func giveBack(_ column: SampleColumn) {
        column.removeAll()
        let given = Handover(column: column)
        state.withLock { state in
            guard let column = given.column, state.bytes + column.bytes <= Self.limit else { return }
            state.columns.append(column)
            state.bytes += column.bytes
        }
    }

    private struct Handover: @unchecked Sendable {
        let column: SampleColumn?
    }
}

extension SampleColumn {
    fileprivate var bytes: Int { capacity * QueryAccount.bytesPerSample }
}
