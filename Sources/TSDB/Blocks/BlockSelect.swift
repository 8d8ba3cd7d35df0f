import Chunks
public import Model

extension Block {
    public func select(_ selection: Selection) throws -> any SeriesSet { try find(selection) }

    func find(_ selection: Selection) throws -> BlockSeriesSet {
        let deleted = deleted
        let nothing = BlockSelection(selection)
        guard overlaps(selection) else { return BlockSeriesSet(self, nothing, deleted) }
        let found = try answering { () throws(StorageError) in
            var found = nothing
            let matching = try BlockMatching(index)
            var symbols = SymbolCache(try index.symbols())
            var pairs: [LabelPair] = []
            for number in try matching.series(selection.matchers) {
                try unlessDamaged { () throws(StorageError) in
                    var chunks = try index.series(number, labels: &pairs)
                    guard try remains(&chunks, number, found.range, deleted) else { return }
                    found.labels.append(try symbols.labels(pairs))
                    found.series.append(.init(number: number, chunks: chunks))
                }
            }
            return found
        }
        return BlockSeriesSet(self, found ?? nothing, deleted)
    }

    /// Without matchers the names of all series of the block are told, whenever their samples are: the index knows them without a look at the series.
    public func labelNames(_ selection: Selection) throws -> [String] {
        let deleted = deleted
        return try answering { () throws(StorageError) in
            guard overlaps(selection) else { return [] }
            if selection.matchers.isEmpty { return try allNames(deleted) }
            var names: Set<UInt32> = []
            try forEachSeries(selection, deleted) { pairs in
                for pair in pairs { names.insert(pair.name) }
            }
            return try texts(names)
        } ?? []
    }

    /// Without matchers the values of all series of the block are told, as with names.
    public func labelValues(_ name: String, _ selection: Selection) throws -> [String] {
        let deleted = deleted
        return try answering { () throws(StorageError) in
            guard overlaps(selection) else { return [] }
            if selection.matchers.isEmpty { return try allValues(name, deleted) }
            guard let name = try BlockMatching(index).symbol(name) else { return [] }
            var values: Set<UInt32> = []
            try forEachSeries(selection, deleted) { pairs in
                if let pair = pairs.first(where: { $0.name == name }) { values.insert(pair.value) }
            }
            return try texts(values)
        } ?? []
    }

    private func overlaps(_ selection: Selection) -> Bool {
        let meta = meta
        return selection.from < meta.maxTime && selection.through >= meta.minTime && selection.from <= selection.through
    }

    private func forEachSeries(_ selection: Selection, _ deleted: DeletedSeries, _ body: ([LabelPair]) -> Void) throws(StorageError) {
        let range = TimeRange(from: selection.from, through: selection.through)
        var pairs: [LabelPair] = []
        for number in try BlockMatching(index).series(selection.matchers) {
            try unlessDamaged { () throws(StorageError) in
                var chunks = try index.series(number, labels: &pairs)
                if try remains(&chunks, number, range, deleted) { body(pairs) }
            }
        }
    }

    /// The order of symbols is that of their bytes.
    private func texts(_ ordinals: Set<UInt32>) throws(StorageError) -> [String] {
        let symbols = try index.symbols()
        var texts: [String] = []
        for ordinal in ordinals.sorted() { texts.append(try symbols.text(ordinal)) }
        return texts
    }

    /// Whether a series may have samples in the range; `chunks` moves to the first one there. What was deleted counts: if it touches every chunk in
    /// the range, the samples are looked at.
    private func remains(
        _ chunks: inout ChunkMetas, _ number: UInt32, _ range: TimeRange, _ deleted: DeletedSeries
    ) throws(StorageError) -> Bool {
        do throws(BrokenEntry) {
            try chunks.skip(before: range.from)
            var ahead = chunks
            guard let first = try ahead.next(), first.range.from <= range.through else { return false }
        } catch {
            throw index.broken(number)
        }
        if deleted.tombstones.isEmpty { return true }
        let ranges = deleted.ranges(number)
        if ranges.isEmpty { return true }
        return try hasSamples(chunks, number, range, without: ranges)
    }

    private func hasSamples(
        _ chunks: ChunkMetas, _ number: UInt32, _ range: TimeRange, without ranges: [TimeRange]
    ) throws(StorageError) -> Bool {
        var chunks = chunks
        while true {
            let next: ChunkMeta?
            do throws(BrokenEntry) { next = try chunks.next() } catch { throw index.broken(number) }
            guard let chunk = next, chunk.range.from <= range.through else { return false }
            let part = TimeRange(from: max(chunk.range.from, range.from), through: min(chunk.range.through, range.through))
            if ranges.cover(part) { continue }
            if !ranges.overlap(part), range.covers(chunk.range) { return true }
            if try segments.hasSamples(chunk.reference, part, without: ranges) { return true }
        }
    }

    // MARK: All names and values

    /// The series of which nothing is left.
    private func gone(_ deleted: DeletedSeries) throws(StorageError) -> [UInt32] {
        if deleted.tombstones.isEmpty { return [] }
        return try deleted.gone { (number, ranges) throws(StorageError) in
            let everything = TimeRange(from: .min, through: .max)
            return try !hasSamples(index.chunks(number), number, everything, without: ranges)
        }
    }

    /// Whether a label is on a series that is not in `gone`.
    private func hasOthers(_ entry: PostingsOffsets.Entry, than gone: [UInt32]) throws(StorageError) -> Bool {
        if gone.isEmpty { return true }
        let postings = try index.postings(at: entry.offset)
        return intersection(gone, postings).count < postings.count
    }

    private func allNames(_ deleted: DeletedSeries) throws(StorageError) -> [String] {
        let offsets = try index.postingsOffsets()
        let gone = try gone(deleted)
        var names: [String] = []
        for name in offsets.names {
            var isThere = false
            try offsets.forEachValue(of: name) { (entry) throws(StorageError) in
                isThere = try hasOthers(entry, than: gone)
                return !isThere
            }
            if isThere { names.append(String(decoding: name.text, as: UTF8.self)) }
        }
        return names
    }

    private func allValues(_ name: String, _ deleted: DeletedSeries) throws(StorageError) -> [String] {
        let offsets = try index.postingsOffsets()
        guard let name = offsets.name(name) else { return [] }
        let gone = try gone(deleted)
        var values: [String] = []
        try offsets.forEachValue(of: name) { (entry) throws(StorageError) in
            if try hasOthers(entry, than: gone) { values.append(String(decoding: entry.value, as: UTF8.self)) }
            return true
        }
        return values
    }
}

extension ChunkSegments {
    /// Whether a chunk has a sample in the range that is not in one of the deleted ranges.
    func hasSamples(_ reference: UInt64, _ range: TimeRange, without deleted: [TimeRange]) throws(StorageError) -> Bool {
        let encoding = try chunk(reference).encoding
        if encoding.holdsWindows { return try hasWindows(reference, range, without: deleted) }
        if encoding.holdsHistograms {
            let column = HistogramColumn()
            try readHistograms(reference, from: range.from, through: range.through, into: column)
            return column.times.contains { time in !deleted.contains { $0.contains(time) } }
        }
        let column = SampleColumn()
        try readFloats(reference, from: range.from, through: range.through, into: column)
        column.remove(deleted, from: 0)
        return column.count > 0
    }
}
