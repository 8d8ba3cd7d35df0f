import Exposition
import Model
import TSDB

/// What the comment lines of a page say about its series.
enum PageMetadata {
    /// Adds, for each series of the page that was just read, the metadata of its family to the batch. `new`: the series that the batch has by labels.
    ///
    /// Called for pages with new series or other comments than the one before; a change of a comment reaches the series that are as they were, too.
    static func add(
        from page: UnsafeRawBufferPointer, _ cache: PageCache, _ format: ExpositionFormat, new: [(inBatch: Int, series: Int)],
        to batch: inout AppendBatch
    ) {
        let added = Dictionary(new.map { ($0.series, $0.inBatch) }) { first, _ in first }
        var family: Family?
        cache.forEachLine(of: page, format) { line, series in
            guard let series else {
                if let comment = Comment(line, format) { family = comment.added(to: family) }
                return
            }
            guard let family, !cache.series[series].isDropped, let name = name(line, format), family.owns(name) else { return }
            if let inBatch = added[series] {
                batch.add(family.metadata, toNew: inBatch)
            } else if let reference = cache.series[series].reference {
                batch.add(family.metadata, to: reference)
            }
        }
    }

    /// The metric name in a key.
    private static func name(_ key: UnsafeRawBufferPointer, _ format: ExpositionFormat) -> [UInt8]? {
        let ends: [UInt8] = [UInt8(ascii: "{"), UInt8(ascii: " "), UInt8(ascii: "\t")]
        let plain = key.prefix { !ends.contains($0) }
        if !plain.isEmpty { return Array(plain) }
        return (try? KeyReader.labels(key, format: format))?.metricName.map { Array($0.utf8) }
    }

    /// Neighbouring comments with one name.
    private struct Family {
        let name: [UInt8]
        var metadata = Metadata()

        /// The endings of the sample names of a type, where they are not that of the family.
        private var suffixes: [String] {
            switch metadata.type {
            case .counter: ["_total"]
            case .histogram: ["_bucket", "_sum", "_count"]
            case .gaugehistogram: ["_bucket", "_gsum", "_gcount"]
            case .summary: ["_sum", "_count"]
            case .info: ["_info"]
            case .gauge, .stateset, .unknown: []
            }
        }

        /// Whether a metric name is one of the family's. Prometheus text has the ending of a counter in the family's name already.
        func owns(_ metric: [UInt8]) -> Bool {
            guard metric.starts(with: name) else { return false }
            let rest = metric[name.count...]
            return rest.isEmpty || suffixes.contains { rest.elementsEqual($0.utf8) }
        }
    }

    /// A line of metadata.
    private struct Comment {
        private let name: [UInt8]
        private let change: (inout Metadata) -> Void

        /// Nil for every other line.
        init?(_ line: UnsafeRawBufferPointer, _ format: ExpositionFormat) {
            guard let (name, change) = TargetMetadata.read(line, format) else { return nil }
            self.name = name
            self.change = change
        }

        /// The family it belongs to: the one before, if it has the name.
        func added(to before: Family?) -> Family {
            var family = before.flatMap { $0.name == name ? $0 : nil } ?? Family(name: name)
            change(&family.metadata)
            return family
        }
    }
}

extension PageCache {
    /// Calls `body` with each line of the page being read, at its end: a comment, or the key of a series and its number.
    fileprivate func forEachLine(
        of page: UnsafeRawBufferPointer, _ format: ExpositionFormat, _ body: (UnsafeRawBufferPointer, Int?) -> Void
    ) {
        var cursor = ExpositionCursor(page, format: format)
        var series = lines.lazy.filter { !$0.isComment }.makeIterator()
        while true {
            let start = cursor.position
            switch try? cursor.next() {
            case nil, .end: return
            case .series(let line):
                guard let slot = series.next() else { return }
                body(cursor[line.key], Int(slot.series))
            default: body(cursor[start..<cursor.position], nil)
            }
        }
    }
}
