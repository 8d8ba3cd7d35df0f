import Chunks
public import Model
import PromQL
public import TSDB

/// What a block's index is made of, as `promtool tsdb analyze` tells it. Of equals the one that sorts first comes first.
public struct BlockAnalysis {
    private let meta: BlockMeta
    private var series = 0
    private var pairs: [Label: Count] = [:]
    private var values: [ByteText: Values] = [:]
    private var entries = 0
    private var samplesPerChunk = ChunkFigures()
    private var bytesPerChunk = ChunkFigures()
    private var histogramSamples = ChunkFigures()
    private var histogramBytes = ChunkFigures()
    private var histogramBuckets = ChunkFigures()
    private let histograms = HistogramColumn()

    private struct Count {
        var series = 0
        /// Milliseconds of the block that the series with it have no samples for.
        var uncovered: UInt64 = 0
    }

    private struct Values {
        var count = 0
        var bytes = 0
        var uncovered: UInt64 = 0
    }

    /// Text compared by its bytes.
    private struct ByteText: Hashable {
        let bytes: [UInt8]
        init(_ text: String) { bytes = Array(text.utf8) }
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// Reads all series of a block that match. Throws `StorageError` if it is damaged.
    public init(_ block: Block, matchers: [Matcher]) throws(StorageError) {
        meta = block.meta
        let cursor = try block.chunkCursor(from: .min, through: .max)
        while try cursor.next() {
            let labels = cursor.labels
            if matchers.allSatisfy({ $0.matches(labels[$0.name] ?? "") }) { add(labels, cursor.chunks) }
        }
    }

    private mutating func add(_ labels: Labels, _ chunks: [ChunkView]) {
        guard let first = chunks.first, let last = chunks.last else { return }
        series += 1
        let covered = UInt64(bitPattern: last.range.through &- first.range.from)
        let uncovered = UInt64(bitPattern: meta.maxTime &- meta.minTime) &- covered
        for label in labels {
            entries += 1
            let isNew = pairs[label] == nil
            pairs[label, default: Count()].series += 1
            pairs[label, default: Count()].uncovered &+= uncovered
            let name = ByteText(label.name)
            values[name, default: Values()].uncovered &+= uncovered
            guard isNew else { continue }
            values[name, default: Values()].count += 1
            values[name, default: Values()].bytes += label.value.utf8.count
        }
        for chunk in chunks { count(chunk) }
    }

    private mutating func count(_ chunk: ChunkView) {
        if chunk.encoding == .histogram || chunk.encoding == .floatHistogram {
            histogramSamples.all.append(XORChunk.count(chunk.bytes))
            histogramBytes.all.append(chunk.bytes.count)
            histogramBuckets.all.append(buckets(chunk))
        } else {
            samplesPerChunk.all.append(XORChunk.count(chunk.bytes))
            bytesPerChunk.all.append(chunk.bytes.count)
        }
    }

    /// Of all the chunk's histograms together; what can be read of a broken one.
    private func buckets(_ chunk: ChunkView) -> Int {
        histograms.removeAll()
        try? ChunkDecoder.decode(chunk.bytes, chunk.encoding, into: histograms)
        return histograms.histograms.reduce(0) { sum, histogram in
            let layout = histogram.fractions.layout
            return sum + layout.positiveBuckets + layout.negativeBuckets
        }
    }

    // MARK: Text

    /// - Parameters:
    ///   - limit: of each list.
    ///   - matcher: the selector as it was given; empty without one.
    public func lines(limit: Int, matcher: String, extended: Bool) -> [String] {
        var lines = [
            "Block ID: \(meta.ulid)", "Duration: \(GoForms.duration(milliseconds: meta.maxTime &- meta.minTime))",
            "Total Series: \(meta.stats.series)",
        ]
        if !matcher.isEmpty { lines.append("Matcher: \(matcher)") }
        lines.append("Label names: \(values.count)")
        if !matcher.isEmpty { lines.append("Matched series: \(series)") }
        lines += ["Postings (unique label pairs): \(pairs.count)", "Postings entries (total label pairs): \(entries)"]
        for (title, entries) in rankings { lines += ["", title + ":"] + Self.ranking(entries, limit) }
        return extended ? lines + ["", "Compaction analysis:", ""] + compaction : lines
    }

    private var rankings: [(String, [(name: String, value: UInt64)])] {
        let names = values.map { (name: $0.key.text, value: $0.value) }
        let metrics = pairs.filter { $0.key.name == Labels.metricName }
        return [
            ("Label pairs most involved in churning", pairs.map { (Self.text($0.key), share($0.value.uncovered)) }),
            ("Label names most involved in churning", names.map { ($0.name, share($0.value.uncovered)) }),
            ("Most common label pairs", pairs.map { (Self.text($0.key), UInt64($0.value.series)) }),
            ("Label names with highest cumulative label value length", names.map { ($0.name, UInt64($0.value.bytes)) }),
            ("Highest cardinality labels", names.map { ($0.name, UInt64($0.value.count)) }),
            ("Highest cardinality metric names", metrics.map { ($0.key.value, UInt64($0.value.series)) }),
        ]
    }

    /// How many whole series' time the block lacks.
    private func share(_ uncovered: UInt64) -> UInt64 {
        let length = Double(meta.maxTime &- meta.minTime)
        return length > 0 ? UInt64(Double(uncovered) / length) : 0
    }

    private static func text(_ label: Label) -> String { label.name + "=" + label.value }

    private static func ranking(_ entries: [(name: String, value: UInt64)], _ limit: Int) -> [String] {
        let sorted = entries.sorted { $0.value != $1.value ? $0.value > $1.value : precedes($0.name, $1.name) }
        return sorted.prefix(max(0, limit)).map { "\($0.value) \($0.name)" }
    }

    private var compaction: [String] {
        let floats = samplesPerChunk.all.count
        let histograms = histogramSamples.all.count
        return samplesPerChunk.lines("samples per float chunk", of: floats + histograms)
            + bytesPerChunk.lines("bytes per float chunk", of: floats + histograms)
            + histogramSamples.lines("samples per histogram chunk", of: floats + histograms)
            + histogramBytes.lines("bytes per histogram chunk", of: floats + histograms)
            + histogramBuckets.lines("buckets per histogram chunk", of: floats + histograms)
    }
}
