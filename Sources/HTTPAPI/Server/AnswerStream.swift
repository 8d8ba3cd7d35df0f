import Synchronization

/// An answer that is on its way while the rest of it is still being written.
///
/// The one who writes never waits for a client that reads slowly: pieces gather here, as if all had been written before the first was sent.
final class AnswerStream: Sendable {
    /// So much is handed over at once: little enough to stay in a core's cache until it is sent.
    static let pieceSize = 64 << 10
    /// Pieces that are kept to be written anew.
    private static let mostSpare = 2

    enum Next {
        case piece([UInt8], isLast: Bool)
        /// Whoever was named in `listen` will be told.
        case notYet
        case nothing
    }

    private struct State {
        var pieces: [[UInt8]] = []
        var next = 0
        var isWhole = false
        var isAbandoned = false
        var isAwaited = false
        var listener: (@Sendable () -> Void)?
        var spare: [[UInt8]] = []
    }

    private let state = Mutex(State())

    // MARK: Writing

    /// Hands over a piece, and empties it for the next one.
    func put(_ piece: inout [UInt8]) { put(&piece, isLast: false) }

    /// Hands over the last piece.
    func finish(_ piece: consuming [UInt8]) { put(&piece, isLast: true) }

    /// Nobody will read what is still to come.
    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    private func put(_ piece: inout [UInt8], isLast: Bool) {
        let full = piece
        piece = []
        let (spare, listener) = state.withLock { state in
            if !state.isAbandoned { state.pieces.append(full) }
            state.isWhole = isLast
            defer { state.isAwaited = false }
            return (state.spare.popLast(), state.isAwaited ? state.listener : nil)
        }
        listener?()
        if isLast { return }
        piece = spare ?? []
        piece.reserveCapacity(Self.pieceSize + JSONWriter.overhang)
    }

    // MARK: Reading

    /// - Parameter listener: called, on the writer's thread, when there is more after `next` has found nothing.
    func listen(_ listener: @escaping @Sendable () -> Void) { state.withLock { $0.listener = listener } }

    func next() -> Next {
        state.withLock { state in
            guard state.next < state.pieces.count else {
                if state.isWhole { return .nothing }
                state.isAwaited = true
                return .notYet
            }
            var piece: [UInt8] = []
            swap(&piece, &state.pieces[state.next])
            state.next += 1
            if state.next == state.pieces.count {
                state.pieces.removeAll(keepingCapacity: true)
                state.next = 0
            }
            return .piece(piece, isLast: state.isWhole && state.pieces.isEmpty)
        }
    }

    /// Gives a piece back that is no longer needed.
    func giveBack(_ piece: consuming [UInt8]) {
        piece.removeAll(keepingCapacity: true)
        state.withLock { [piece] state in
            if state.spare.count < Self.mostSpare, !state.isWhole { state.spare.append(piece) }
        }
    }

    func abandon() {
        state.withLock { state in
            state.isAbandoned = true
            state.listener = nil
            state.pieces.removeAll()
            state.next = 0
        }
    }
}
