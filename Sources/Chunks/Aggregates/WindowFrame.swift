import Model

/// What chunks of windows of either kind begin with: which windows there are, with their counts, times and marks.
///
///     | u16 big-endian number of windows | flags | uvarint resolution | varint end before the first window, in resolutions |
///     | column: windows left out before each | column: counts | times | stale markers | merged |
///
/// Times are, for each window, how far its last sample is from its end and its first from its beginning; or, with the flag `chained`, how long after
/// the last sample of the window before its first one is, and how much longer it lasts than its samples at a regular distance would.
struct WindowFrame {
    struct Flags: OptionSet {
        let rawValue: UInt8

        static let chained = Flags(rawValue: 1)
        static let stale = Flags(rawValue: 2)
        static let merged = Flags(rawValue: 4)
        /// Of floats only: there are resets within windows.
        static let resets = Flags(rawValue: 8)

        static let known: Flags = [.chained, .stale, .merged, .resets]
    }

    /// No resolution is greater, in milliseconds.
    private static let greatestResolution = UInt64(1) << 40
    /// No more windows are left out at once: all that a chunk can have do not overflow.
    private static let greatestGap = Int64(1) << 46

    let count: Int
    let flags: Flags
    let resolution: Int64
    /// Which of the windows were asked for. Those behind them are not read.
    let wanted: Range<Int>

    /// The chunk's windows, of which those up to the last that overlaps `from...through` are written behind those that the column has. It does not
    /// grow: there must be room for all.
    init(
        _ source: inout ByteSource, count: Int, from: Timestamp, through: Timestamp, firstTimes: Bool, into column: AggregateColumn
    ) throws(ChunkError) {
        self.count = count
        (flags, resolution) = try Self.takeHeader(&source)
        let resolution = resolution
        let ends = column.ends + column.count
        try Self.takeEnds(&source, count, resolution, ends)
        let low = Self.partition(count) { ends[$0] < from }
        let high = Self.partition(count) { ends[$0] - resolution < through }
        wanted = min(low, high)..<high
        guard !wanted.isEmpty else { return }
        try takeCounts(&source, column)
        if flags.contains(.chained) { try takeChain(&source, column) } else { try takeOffsets(&source, firstTimes, column) }
        try takeStale(&source, column)
        try takeMerged(&source, column)
    }

    static func takeHeader(_ source: inout ByteSource) throws(ChunkError) -> (flags: Flags, resolution: Int64) {
        let flags = Flags(rawValue: try source.takeByte())
        guard Flags.known.isSuperset(of: flags) else { throw source.error("flags \(flags.rawValue), of which some are not known") }
        let resolution = try source.takeUnsigned()
        guard resolution > 0, resolution <= greatestResolution else { throw source.error("a resolution of \(resolution) ms") }
        return (flags, Int64(resolution))
    }

    /// The first place at which what holds from the beginning on does not hold any more.
    private static func partition(_ count: Int, _ holds: (Int) -> Bool) -> Int {
        if count > 0, holds(count - 1) { return count }
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func takeEnds(
        _ source: inout ByteSource, _ count: Int, _ resolution: Int64, _ ends: UnsafeMutablePointer<Timestamp>
    ) throws(ChunkError) {
        let before = try source.takeSigned()
        let gaps = try IntegerColumn(&source)
        var number = before
        var isWrong = false
        if gaps.isConstant, gaps.centre == 0 {
            for i in 0..<count { ends[i] = (before &+ Int64(i &+ 1)) &* resolution }
            number &+= Int64(count)
        } else {
            try gaps.read(count, of: count, into: ends)
            for i in 0..<count {
                isWrong = isWrong || ends[i] < 0 || ends[i] > greatestGap
                number &+= ends[i] &+ 1
                ends[i] = number &* resolution
            }
        }
        let (begin, underflow) = before.multipliedReportingOverflow(by: resolution)
        let (end, overflow) = number.multipliedReportingOverflow(by: resolution)
        guard !isWrong, !underflow, !overflow, begin < end else { throw source.error("windows that cannot follow each other") }
    }

    private func takeCounts(_ source: inout ByteSource, _ column: AggregateColumn) throws(ChunkError) {
        let counts = column.counts + column.count
        let integers = try IntegerColumn(&source)
        try integers.read(wanted.upperBound, of: count, into: counts)
        var signs: Int64 = 0
        for i in 0..<wanted.upperBound { signs |= counts[i] | (Aggregate.greatestCount &- counts[i]) }
        guard signs >= 0 else { throw source.error("a window of fewer than no samples, or of too many") }
    }

    private func takeOffsets(_ source: inout ByteSource, _ firstTimes: Bool, _ column: AggregateColumn) throws(ChunkError) {
        let (behind, ahead) = (try IntegerColumn(&source), try IntegerColumn(&source))
        let isSound = try isEven(behind, ahead) ? placeEvenly(behind, ahead, column) : place(behind, firstTimes ? ahead : nil, column)
        guard isSound else { throw source.error("samples out of order or outside of their window") }
    }

    private var latest: Int64 { resolution - 1 }

    /// Whether samples lie alike in all windows, and as they may.
    private func isEven(_ behind: IntegerColumn, _ ahead: IntegerColumn) -> Bool {
        let most = 0...latest
        return behind.isConstant && ahead.isConstant && most.contains(behind.centre) && most.contains(ahead.centre)
            && ahead.centre <= latest - behind.centre
    }

    private func placeEvenly(_ behind: IntegerColumn, _ ahead: IntegerColumn, _ column: AggregateColumn) -> Bool {
        let ends = column.ends + column.count
        let (lasts, firsts) = (column.lastTimes + column.count, column.firstTimes + column.count)
        let (last, first) = (behind.centre, latest - ahead.centre)
        for i in 0..<wanted.upperBound { lasts[i] = ends[i] &- last }
        for i in 0..<wanted.upperBound { firsts[i] = ends[i] &- first }
        return true
    }

    private func place(_ behind: IntegerColumn, _ ahead: IntegerColumn?, _ column: AggregateColumn) throws(ChunkError) -> Bool {
        let (ends, counts) = (column.ends + column.count, column.counts + column.count)
        let (lasts, firsts) = (column.lastTimes + column.count, column.firstTimes + column.count)
        let most = latest
        // Of a window without samples the times mean nothing.
        var signs: Int64 = 0
        try behind.read(wanted.upperBound, of: count, into: lasts)
        for i in 0..<wanted.upperBound {
            let behind = lasts[i]
            signs |= (behind | (most &- behind)) & (0 &- counts[i])
            lasts[i] = ends[i] &- behind
        }
        guard let ahead else { return signs >= 0 }
        try ahead.read(wanted.upperBound, of: count, into: firsts)
        for i in 0..<wanted.upperBound {
            let ahead = firsts[i]
            firsts[i] = ends[i] &- most &+ ahead
            signs |= (ahead | (most &- ahead) | (lasts[i] &- firsts[i])) & (0 &- counts[i])
        }
        return signs >= 0
    }

    private func takeChain(_ source: inout ByteSource, _ column: AggregateColumn) throws(ChunkError) {
        let (ends, counts) = (column.ends + column.count, column.counts + column.count)
        let (lasts, firsts) = (column.lastTimes + column.count, column.firstTimes + column.count)
        let step = Int64(bitPattern: try source.takeUnsigned())
        try IntegerColumn(&source).read(wanted.upperBound, of: count, into: firsts)
        try IntegerColumn(&source).read(wanted.upperBound, of: count, into: lasts)
        var before = ends[0] &- resolution
        var isWrong = false
        for i in 0..<wanted.upperBound {
            firsts[i] &+= before
            lasts[i] &+= firsts[i] &+ Self.regularSpan(counts[i], step)
            before = lasts[i]
            let isWithin = firsts[i] > ends[i] &- resolution && lasts[i] >= firsts[i] && lasts[i] <= ends[i]
            isWrong = isWrong || (counts[i] > 0 && !isWithin)
        }
        if isWrong { throw source.error("samples out of order or outside of their window") }
    }

    /// How long so many samples last, each a step after the one before.
    @inline(__always)
    static func regularSpan(_ count: Int64, _ step: Int64) -> Int64 { (max(count, 1) &- 1) &* step }

    private func takeStale(_ source: inout ByteSource, _ column: AggregateColumn) throws(ChunkError) {
        let (ends, stale) = (column.ends + column.count, column.staleTimes + column.count)
        stale.update(repeating: AggregateColumn.notStale, count: wanted.upperBound)
        guard flags.contains(.stale) else { return }
        var markers = try source.takeSized()
        var next: UInt64 = 0
        while !markers.isAtEnd {
            let (index, overflow) = next.addingReportingOverflow(try markers.takeUnsigned())
            guard !overflow, index < UInt64(count) else { throw markers.error("a stale marker behind the last window") }
            let behind = try markers.takeUnsigned()
            guard behind < UInt64(resolution) else { throw markers.error("a stale marker outside of its window") }
            next = index + 1
            if index < UInt64(wanted.upperBound) { stale[Int(index)] = ends[Int(index)] - Int64(behind) }
        }
    }

    private func takeMerged(_ source: inout ByteSource, _ column: AggregateColumn) throws(ChunkError) {
        let merged = column.merged + column.count
        merged.update(repeating: false, count: wanted.upperBound)
        guard flags.contains(.merged) else { return }
        let bits = try source.takePart(of: UInt64(count + 7) / 8)
        for i in 0..<wanted.upperBound { merged[i] = bits.base.load(fromByteOffset: bits.next + i >> 3, as: UInt8.self) >> (i & 7) & 1 == 1 }
    }
}
