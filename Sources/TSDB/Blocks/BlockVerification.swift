import Chunks
import Model

extension Block {
    /// Reads everything and tells what is wrong: checksums, the order of symbols, series and postings, whether every label of every series is in the
    /// postings and nothing else, whether chunks are where the index says, in order, and hold the times it says, and whether the description counts
    /// right. Nothing is changed, and damage is not told to the owner. At most `limit` faults are listed.
    public func verify(limit: Int = 1000) -> [BlockFault] {
        var verification = BlockVerification(self, limit: limit)
        verification.run()
        return verification.faults
    }
}

/// One pass over a block.
struct BlockVerification {
    private let block: Block
    private let index: IndexReader
    private let meta: BlockMeta
    private let limit: Int
    private(set) var faults: [BlockFault] = []

    /// The numbers of all series as they follow each other in the index.
    private var numbers: [UInt32] = []
    /// For each series the sum of its labels' hashes, less those that were found in the postings.
    private var labelSums: [UInt64] = []
    private var counted = BlockMeta.Stats()
    private var lastReference: UInt64?
    private let windows = WindowVerification()
    private let column = SampleColumn()
    private let histograms = HistogramColumn()

    init(_ block: Block, limit: Int) {
        self.block = block
        index = block.index
        meta = block.meta
        self.limit = limit
    }

    mutating func run() {
        checking { (self) throws(StorageError) in
            var symbols = SymbolCache(try self.index.symbols())
            self.checkSeries(&symbols)
        }
        checking { (self) throws(StorageError) in try self.checkPostings(self.index.postingsOffsets()) }
        checkTombstones()
        if faults.isEmpty { checkStats() }
    }

    /// Runs a check; what it throws is one more fault.
    private mutating func checking(_ check: (inout Self) throws(StorageError) -> Void) {
        do { try check(&self) } catch { note(error) }
    }

    private mutating func note(_ error: StorageError) {
        if faults.count < limit { faults.append(BlockFault(error)) }
    }

    private mutating func note(series number: UInt32, _ reason: String) {
        note(index.file.damaged(Int(number) * BlockFormat.seriesAlignment, reason))
    }

    // MARK: Series

    private mutating func checkSeries(_ symbols: inout SymbolCache) {
        var walk = SeriesWalk(index)
        var previous: Labels?
        var pairs: [LabelPair] = []
        while faults.count < limit {
            do throws(StorageError) {
                guard let number = try walk.next() else { return }
                numbers.append(number)
                labelSums.append(0)
                let chunks = try index.series(number, labels: &pairs)
                let labels = try symbols.labels(pairs)
                check(labels, after: previous, number)
                previous = labels
                labelSums[labelSums.count - 1] = labels.labelSum
                try check(chunks, number)
            } catch {
                note(error)
            }
        }
    }

    private mutating func check(_ labels: Labels, after previous: Labels?, _ number: UInt32) {
        counted.series += 1
        if let previous, previous >= labels { note(series: number, "not behind the series before it: \(labels)") }
        var last: [UInt8] = []
        var inOrder = !labels.isEmpty
        labels.forEachBytes { name, value in
            let order = last.withUnsafeBytes { compareBytes($0, name) }
            if order >= 0 || value.isEmpty { inOrder = false }
            last = Array(name)
            return inOrder
        }
        if !inOrder { note(series: number, "labels that are empty, doubled or out of order: \(labels)") }
    }

    // MARK: Chunks

    private mutating func check(_ metas: ChunkMetas, _ number: UInt32) throws(StorageError) {
        var metas = metas
        var last = LastTimes()
        if metas.left == 0 { note(series: number, "a series without chunks") }
        while true {
            let next: ChunkMeta?
            do throws(BrokenEntry) { next = try metas.next() } catch { throw index.broken(number) }
            guard let meta = next else { return }
            counted.chunks += 1
            checkPlace(meta, number)
            checking { (self) throws(StorageError) in
                let encoding = try self.block.segments.chunk(meta.reference).encoding
                if !last.ascend(meta.range, encoding) { self.note(series: number, "chunks that overlap") }
                guard let tier = self.meta.fold?.tier else { return try self.checkSamples(meta, encoding) }
                try self.checkWindows(meta, encoding, tier)
            }
        }
    }

    /// The ends of chunks. Only windows of floats and of histograms may lie beside each other.
    private struct LastTimes {
        private var ends: [Bool: Timestamp] = [:]

        mutating func ascend(_ range: TimeRange, _ encoding: ChunkEncoding) -> Bool {
            let kind = encoding == .histogramAggregates
            defer { ends[kind] = max(ends[kind] ?? .min, range.through) }
            return ends[kind].map { $0 < range.from } ?? true
        }
    }

    private mutating func checkPlace(_ chunk: ChunkMeta, _ number: UInt32) {
        if chunk.range.from > chunk.range.through { note(series: number, "a chunk that ends before it begins") }
        if chunk.range.from < meta.minTime || chunk.range.through >= meta.maxTime {
            note(series: number, "a chunk from \(chunk.range.from) through \(chunk.range.through), outside the block's time")
        }
        if let lastReference, chunk.reference <= lastReference { note(series: number, "a chunk that is not behind the one before it") }
        lastReference = chunk.reference
    }

    private mutating func checkWindows(_ chunk: ChunkMeta, _ encoding: ChunkEncoding, _ tier: Tier) throws(StorageError) {
        let count = try windows.check(chunk, encoding, tier, block.segments)
        counted.samples += count
        if encoding == .histogramAggregates { counted.histogramSamples += count } else { counted.floatSamples += count }
    }

    private mutating func checkSamples(_ meta: ChunkMeta, _ encoding: ChunkEncoding) throws(StorageError) {
        if encoding.holdsWindows { throw block.segments.damaged(meta.reference, "a chunk of windows in a block of samples") }
        if encoding.holdsHistograms {
            histograms.removeAll()
            try block.segments.readHistograms(meta.reference, from: .min, through: .max, into: histograms)
            counted.histogramSamples += histograms.count
            try histograms.times.withUnsafeBufferPointer { (times) throws(StorageError) in try checkTimes(times, meta) }
        } else {
            column.removeAll()
            try block.segments.readFloats(meta.reference, from: .min, through: .max, into: column)
            counted.floatSamples += column.count
            try checkTimes(UnsafeBufferPointer(start: column.times, count: column.count), meta)
        }
    }

    private mutating func checkTimes(_ times: UnsafeBufferPointer<Timestamp>, _ meta: ChunkMeta) throws(StorageError) {
        counted.samples += times.count
        let segments = block.segments
        guard let first = times.first, let last = times.last else { throw segments.damaged(meta.reference, "a chunk without samples") }
        guard first == meta.range.from, last == meta.range.through else {
            throw segments.damaged(
                meta.reference, "samples from \(first) through \(last); the index says \(meta.range.from) through \(meta.range.through)")
        }
        for i in 1..<times.count where times[i - 1] >= times[i] { throw segments.damaged(meta.reference, "samples out of order") }
    }

    // MARK: Postings

    private mutating func checkPostings(_ offsets: PostingsOffsets) throws(StorageError) {
        let all = try index.allPostings().array()
        if all != numbers {
            note(index.file.damaged(index.contents.postings, "the postings of all series are not the \(numbers.count) series that are there"))
        }
        var found: [(hash: UInt64, offset: UInt64)] = []
        for name in offsets.names {
            try offsets.forEachValue(of: name) { entry in
                found.append((labelHash(entry.name, entry.value), entry.offset))
                return true
            }
        }
        for (hash, offset) in found {
            checking { (self) throws(StorageError) in try self.checkList(self.index.postings(at: offset), hash, offset) }
        }
        for (number, sum) in zip(numbers, labelSums) where sum != 0 { note(series: number, "the postings have other labels for this series") }
    }

    private mutating func checkList(_ list: IndexPostings, _ hash: UInt64, _ offset: UInt64) throws(StorageError) {
        var last: UInt32?
        for i in 0..<list.count {
            let number = list[i]
            if let last, number <= last { throw index.file.damaged(Int(offset), "postings out of order") }
            last = number
            let at = firstIndex(0..<numbers.count) { numbers[$0] >= number }
            guard at < numbers.count, numbers[at] == number else {
                throw index.file.damaged(Int(offset), "postings of series \(number), which is not there")
            }
            labelSums[at] &-= hash
        }
    }

    // MARK: Counts

    private mutating func checkTombstones() {
        let path = FilePath.join(block.path, BlockFormat.tombstones)
        let known = Set(numbers.map(UInt64.init))
        for reference in block.tombstones.series.keys.sorted() where !known.contains(reference) {
            note(.damaged(path: path, offset: 0, reason: "a tombstone of series \(reference), which is not there"))
        }
        counted.tombstones = block.tombstones.count
    }

    private mutating func checkStats() {
        var expected = meta.stats
        // Old writers did not tell floats and histograms apart.
        if expected.floatSamples == 0, expected.histogramSamples == 0 {
            expected.floatSamples = counted.floatSamples
            expected.histogramSamples = counted.histogramSamples
        }
        let told: [(String, Int, Int)] = [
            ("samples", expected.samples, counted.samples), ("float samples", expected.floatSamples, counted.floatSamples),
            ("histogram samples", expected.histogramSamples, counted.histogramSamples), ("series", expected.series, counted.series),
            ("chunks", expected.chunks, counted.chunks), ("tombstones", expected.tombstones, counted.tombstones),
        ]
        for (what, expected, counted) in told where expected != counted {
            let path = FilePath.join(block.path, BlockMeta.fileName)
            note(.damaged(path: path, offset: 0, reason: "tells \(expected) \(what), there are \(counted)"))
        }
    }
}

extension Labels {
    /// Equal for the same labels in any order.
    fileprivate var labelSum: UInt64 {
        var sum: UInt64 = 0
        forEachBytes { name, value in
            sum &+= labelHash(name, value)
            return true
        }
        return sum
    }
}

private func labelHash(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> UInt64 {
    StableHash.fnv1a(value, seed: StableHash.folded(name))
}
