import Chunks
import Model
import TestKit

/// Feeds made and damaged chunks of windows, of both kinds, to their decoders. Made ones must give the windows they were made of, whole and in parts; for
/// any bytes there must be windows in order or an error, the same ones each time, and nothing may be read behind their end.
public struct AggregateFuzz {
    /// What went wrong.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public private(set) var read = 0
    public private(set) var refused = 0
    /// The kinds of errors met: a measure of how much was reached.
    public private(set) var faults: Set<String> = []

    private var random: SeededRandom
    private var mutator: ByteMutator
    private var corpus: [EncodedChunk] = []
    private let memory = GuardedBytes(room: 1 << 20)
    private static let corpusLimit = 2000

    public init(seed: UInt64) {
        random = SeededRandom(seed)
        // Widths at their bounds, flags, forms, lengths, and numbers that are too long.
        let words: [[UInt8]] = [
            [0], [1], [2], [4], [8], [0x0f], [56], [57], [64], [65], [0x7f], [0xff], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
            [0, 240], [0xff, 0xff], [0, 0, 0, 0, 0, 0, 0],
        ]
        mutator = ByteMutator(SeededRandom(seed ^ 0x5bd1_e995), words: words)
    }

    /// The next damaged chunk, or nil after the check of made ones that are to be damaged later.
    public mutating func next() throws -> EncodedChunk? {
        guard corpus.count > 20, random.below(8) > 0 else {
            try checkMade()
            return nil
        }
        let (one, other) = (corpus[random.below(corpus.count)], corpus[random.below(corpus.count)])
        return EncodedChunk(
            encoding: one.encoding, firstTime: one.firstTime, lastTime: one.lastTime, bytes: mutator.mutated(one.bytes, with: other.bytes))
    }

    private mutating func checkMade() throws {
        var maker = WindowMaker(&random)
        let chunks: [EncodedChunk]
        if random.below(3) > 0 {
            let (windows, resolution) = maker.windows(atMost: 600)
            chunks = try Self.check(windows, resolution)
        } else {
            let (windows, resolution) = maker.histograms(atMost: 300)
            chunks = try Self.check(windows, resolution)
        }
        read += chunks.count
        if corpus.count < Self.corpusLimit { corpus += chunks }
    }

    /// Encodes windows and reads them back, in any range; gives the chunks.
    public static func check(_ windows: [Aggregate], _ resolution: Int64) throws -> [EncodedChunk] {
        let column = AggregateColumn(capacity: 1)
        for window in windows { column.append(window) }
        let chunks = AggregateChunk.encode(column, 0..<column.count, resolution: resolution)
        try checkRanges(chunks, windows.map(\.end), resolution)
        let found = AggregateColumn(capacity: 1)
        for chunk in chunks { try chunk.bytes.withUnsafeBytes { try AggregateChunk.decode($0, into: found) } }
        guard found.count == windows.count else { throw Failure(description: "\(windows.count) windows were read as \(found.count)") }
        for (i, window) in windows.enumerated() where !isSame(found[i], window, .all) {
            throw Failure(description: "\(window) was read as \(found[i])")
        }
        for chunk in chunks { try checkParts(chunk, resolution) }
        return chunks
    }

    private static func checkRanges(_ chunks: [EncodedChunk], _ ends: [Timestamp], _ resolution: Int64) throws {
        var next = 0
        for chunk in chunks {
            guard chunk.count > 0, chunk.count <= 240, chunks.count == 1 || chunk.count >= 120, next + chunk.count <= ends.count,
                chunk.firstTime == ends[next] - resolution + 1, chunk.lastTime == ends[next + chunk.count - 1]
            else { throw Failure(description: "a chunk of \(chunk.count) windows from \(chunk.firstTime) through \(chunk.lastTime)") }
            next += chunk.count
        }
    }

    /// Each set of parts, and each range, gives what the whole chunk has.
    private static func checkParts(_ chunk: EncodedChunk, _ resolution: Int64) throws {
        let whole = AggregateColumn()
        try chunk.bytes.withUnsafeBytes { try AggregateChunk.decode($0, into: whole) }
        let places = [0, whole.count / 3, whole.count - 1]
        for rawValue in UInt8(0)..<16 {
            let parts = AggregateParts(rawValue: rawValue)
            for (from, through) in zip(places, places.reversed()) {
                let column = AggregateColumn()
                column.append(whole[0])
                let times = (whole.ends[from], whole.ends[through] - resolution + 1)
                try chunk.bytes.withUnsafeBytes { try AggregateChunk.decode($0, from: times.0, through: times.1, parts, into: column) }
                let wanted = (0..<whole.count).filter { whole.ends[$0] >= times.0 && whole.ends[$0] - resolution < times.1 }
                guard column.count == wanted.count + 1 else { throw Failure(description: "\(column.count - 1) windows of \(wanted)") }
                for (place, i) in wanted.enumerated() where !isSame(column[place + 1], whole[i], parts) {
                    throw Failure(description: "parts \(rawValue): \(whole[i]) was read as \(column[place + 1])")
                }
            }
        }
    }

    /// Whether two windows are the same to the bit, as far as they mean something and were asked for.
    public static func isSame(_ a: Aggregate, _ b: Aggregate, _ parts: AggregateParts) -> Bool {
        func same(_ a: Double, _ b: Double) -> Bool { a.bitPattern == b.bitPattern }
        guard a.end == b.end, a.count == b.count, a.staleTime == b.staleTime, a.isMerged == b.isMerged else { return false }
        if a.count == 0 { return true }
        return a.lastTime == b.lastTime && same(a.last, b.last)
            && (!parts.contains(.first) || (a.firstTime == b.firstTime && same(a.first, b.first)))
            && (!parts.contains(.sum) || same(a.sum, b.sum))
            && (!parts.contains(.extremes) || (same(a.minimum, b.minimum) && same(a.maximum, b.maximum)))
            && (!parts.contains(.resets) || (same(a.lost, b.lost) && a.resets == b.resets))
    }

    public static func check(_ windows: [HistogramAggregate], _ resolution: Int64) throws -> [EncodedChunk] {
        let chunks = HistogramAggregateChunk.encode(windows, resolution: resolution)
        try checkRanges(chunks, windows.map(\.end), resolution)
        var found: [HistogramAggregate] = []
        for chunk in chunks { try chunk.bytes.withUnsafeBytes { try HistogramAggregateChunk.decode($0, into: &found) } }
        guard found.count == windows.count else { throw Failure(description: "\(windows.count) windows were read as \(found.count)") }
        for (window, found) in zip(windows, found) where !isSame(found, window) { throw Failure(description: "\(window) was read as \(found)") }
        return chunks
    }

    private static func isSame(_ a: HistogramAggregate, _ b: HistogramAggregate) -> Bool {
        guard a.end == b.end, a.count == b.count, a.staleTime == b.staleTime, a.isMerged == b.isMerged else { return false }
        if a.count == 0 { return true }
        return a.firstTime == b.firstTime && a.lastTime == b.lastTime && a.resets == b.resets && isSame(a.first, b.first) && isSame(a.last, b.last)
            && isSame(a.sum.map { .fractional($0) }, b.sum.map { .fractional($0) })
            && isSame(a.lost.map { .fractional($0) }, b.lost.map { .fractional($0) })
    }

    /// Empty buckets may have been added.
    private static func isSame(_ a: NativeHistogram?, _ b: NativeHistogram?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        switch (a, b) {
        case (.whole, .whole), (.fractional, .fractional): break
        default: return false
        }
        return a.hint == b.hint && SparseHistogram(a).histogram == SparseHistogram(b).histogram
    }

    /// Reads a chunk that may be damaged.
    public mutating func check(_ chunk: EncodedChunk) throws {
        guard let bytes = memory.hold(chunk.bytes) else { return }
        let outcome = try Self.outcome(chunk.encoding, bytes)
        guard try outcome == Self.outcome(chunk.encoding, bytes) else { throw Failure(description: "the same bytes are read in two ways") }
        switch outcome {
        case .success: read += 1
        case .failure(let error):
            refused += 1
            let kind = error.reason.filter { !$0.isNumber }
            if faults.insert(kind).inserted, corpus.count < Self.corpusLimit { corpus.append(chunk) }
        }
    }

    private static func outcome(_ encoding: ChunkEncoding, _ bytes: UnsafeRawBufferPointer) throws -> Result<[String], ChunkError> {
        do {
            if encoding == .histogramAggregates {
                var windows: [HistogramAggregate] = []
                try HistogramAggregateChunk.decode(bytes, into: &windows)
                try checkOrder(windows.map(\.end))
                return .success(windows.map { "\($0)" })
            }
            let column = AggregateColumn(capacity: 1)
            try AggregateChunk.decode(bytes, into: column)
            try checkOrder((0..<column.count).map { column.ends[$0] })
            return .success((0..<column.count).map { "\(column[$0])" })
        } catch let error as ChunkError {
            return .failure(error)
        }
    }

    private static func checkOrder(_ ends: [Timestamp]) throws {
        for (before, next) in zip(ends, ends.dropFirst()) where before >= next {
            throw Failure(description: "a window that ends at \(next) after \(before)")
        }
    }
}
