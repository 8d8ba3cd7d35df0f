import Synchronization
import TSDB

/// What a query holds in memory, for whoever lists running queries: written by the query's thread, read by any.
public final class QueryMeter: Sendable {
    private let current = Atomic<Int>(0)
    private let highest = Atomic<Int>(0)

    public init() {}

    /// Bytes held now, to within a decoded column.
    public var bytes: Int { current.load(ordering: .relaxed) }
    /// The most that were held at once.
    public var peakBytes: Int { highest.load(ordering: .relaxed) }

    fileprivate func set(_ bytes: Int) {
        current.store(bytes, ordering: .relaxed)
        if bytes > highest.load(ordering: .relaxed) { highest.store(bytes, ordering: .relaxed) }
    }
}

/// Counts the samples and the bytes that a query holds in memory against its limits. Used by the query's own thread.
///
/// Samples are counted as Prometheus counts them, so that a limit means the same; bytes tell what they, and labels, groups and answers, cost here.
final class QueryAccount {
    /// A time and a value.
    static let bytesPerSample = 16

    private let maxSamples: Int
    private let maxBytes: Int
    private let meter: QueryMeter?
    private var heldSamples = 0
    private var heldBytes = 0
    /// Samples decoded from storage so far.
    private(set) var read = 0
    /// How many of them were windows of tiers.
    private(set) var windowsRead: [Tier: Int] = [:]

    init(_ options: EngineOptions, _ meter: QueryMeter?) {
        maxSamples = options.maxSamples
        maxBytes = options.maxBytes
        self.meter = meter
    }

    /// The answer is the caller's, who no longer counts.
    deinit { meter?.set(0) }

    func hold(_ samples: Int) throws(QueryError) {
        heldSamples += samples
        if heldSamples > maxSamples { throw tooMany(samples: heldSamples) }
    }

    func release(_ samples: Int) { heldSamples -= samples }

    /// To be called before memory is asked for.
    func take(bytes: Int) throws(QueryError) {
        heldBytes += bytes
        meter?.set(heldBytes)
        if heldBytes > maxBytes { throw tooMuch(bytes: heldBytes) }
    }

    func giveBack(bytes: Int) {
        heldBytes -= bytes
        meter?.set(heldBytes)
    }

    /// Refuses times so many that a single series would be too much.
    func check(_ grid: StepGrid) throws(QueryError) {
        if grid.count > maxSamples { throw tooMany(samples: grid.count) }
    }

    /// Counts a decoded column, which is held only until the next one.
    func decoded(_ samples: Int) throws(QueryError) {
        read += samples
        if heldSamples + samples > maxSamples { throw tooMany(samples: heldSamples + samples) }
        let bytes = samples * Self.bytesPerSample
        if heldBytes + bytes > maxBytes { throw tooMuch(bytes: heldBytes + bytes) }
    }

    /// Tells that so many of what was decoded were a tier's windows.
    func decoded(_ windows: Int, of tier: Tier) { windowsRead[tier, default: 0] += windows }

    private func tooMany(samples: Int) -> QueryError {
        .tooManySamples(
            "query processing would load too many samples into memory in query execution: \(samples), and at most \(maxSamples) are allowed")
    }

    private func tooMuch(bytes: Int) -> QueryError {
        .tooManySamples("query processing would take too much memory in query execution: \(bytes) bytes, and at most \(maxBytes) are allowed")
    }
}
