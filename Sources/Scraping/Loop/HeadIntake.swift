import Synchronization
public import TSDB

/// The way of scrapes into the head, open to them before the head is: what comes while the log is being read is kept in memory, within a limit, and
/// written in the order of its coming as soon as there is a head.
///
/// What is kept are pages as they were fetched, each with its time, not batches of samples: a batch refers to series, of which there are none yet, and
/// a page is smaller than the labels and samples that are in it. Kept is not written: whoever waits for an acknowledgement must not take the one for
/// the other.
public final class HeadIntake: Sendable {
    /// Too much is kept already.
    public struct Full: Error, CustomStringConvertible {
        public let limit: Int
        public var description: String { "the log is still being read, and pages of \(limit) bytes are waiting for its end already" }
    }

    /// What became of work that needs the head.
    public enum Outcome: Sendable {
        /// The head is there; the caller does the work himself.
        case open(Head)
        /// It will be done later, if the process lives so long.
        case deferred
    }

    /// What is counted for a piece of work beside its pages.
    private static let overhead = 512

    private struct Work {
        let bytes: Int
        let run: @Sendable (Head) -> Void
    }

    private struct State {
        var head: Head?
        var waiting: [Work] = []
        var bytes = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// `limit` is in bytes. The default has room for the pages of a million series, twice as many if they are short.
    public init(limit: Int = 128 << 20) { self.limit = limit }

    /// One with a head from the beginning.
    public convenience init(_ head: Head) {
        self.init()
        state.withLock { $0.head = head }
    }

    /// The head; nil until it is there and everything that was kept is written.
    public var head: Head? { state.withLock { $0.head } }

    /// How many bytes are kept.
    public var keptBytes: Int { state.withLock { $0.bytes } }

    /// Keeps work for when there is a head, unless there is one. `bytes` is what it holds in memory.
    public func keep(bytes: Int, _ work: @escaping @Sendable (Head) -> Void) throws(Full) -> Outcome {
        try state.withLock { state throws(Full) in
            if let head = state.head { return .open(head) }
            let size = bytes + Self.overhead
            guard state.bytes + size <= limit else { throw Full(limit: limit) }
            state.bytes += size
            state.waiting.append(Work(bytes: size, run: work))
            return .deferred
        }
    }

    /// Does what was kept, in order, on the caller's thread; what comes meanwhile waits behind it. From the return on work goes to the head directly.
    public func open(_ head: Head) {
        while var work = next(head) {
            while let piece = work.popLast() {
                piece.run(head)
                state.withLock { $0.bytes -= piece.bytes }
            }
        }
    }

    /// What is waiting, the oldest last; nil if nothing is: then the head is there for all.
    private func next(_ head: Head) -> [Work]? {
        state.withLock { state in
            if state.waiting.isEmpty {
                state.head = head
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting.reversed()
        }
    }
}
