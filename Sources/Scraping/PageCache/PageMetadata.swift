import Exposition
import Model
import TSDB

/// What the comment lines of a page say about its series.
enum PageMetadata {
    /// Adds, for each series of the page that was just read, the metadata of its family to the batch. `new`: the series that the batch has by labels.
    ///
    /// Called for pages with new series or other comments than the one before; a change of a comment reaches the series that are as they were, too.
    static func add(
        from page: UnsafeRawBufferPointer, _ cache: PageCache, _ format: PageFormat, new: [(inBatch: Int, series: Int)],
        to batch: inout AppendBatch
    ) {
        let added = Dictionary(new.map { ($0.series, $0.inBatch) }) { first, _ in first }
        forEachSeries(of: page, cache, format) { series, metadata in
            guard !cache.series[series].isDropped else { return }
            if let inBatch = added[series] {
                batch.add(metadata, toNew: inBatch)
            } else if let reference = cache.series[series].reference {
                batch.add(metadata, to: reference)
            }
        }
    }

    /// Calls `body` with the number of each series of which the page says what it is.
    private static func forEachSeries(
        of page: UnsafeRawBufferPointer, _ cache: PageCache, _ format: PageFormat, _ body: (Int, Metadata) -> Void
    ) {
        switch format {
        case .lines(let format):
            var family: Family?
            cache.forEachLine(of: page, format) { line, series in
                guard let series else {
                    if let comment = line.flatMap({ Comment($0, format) }) { family = comment.added(to: family) }
                    return
                }
                guard let family else { return }
                // What was made of other lines is of their family.
                if let line, name(line, format).map(family.owns) != true { return }
                body(series, family.metadata)
            }
        case .protobuf:
            var families = MetricFamilyCursor(page)
            var metadata: Metadata?
            for slot in cache.lines {
                if slot.isComment {
                    metadata = (try? families.nextFamily()).map { ProtobufPlace(page, $0).metadata }
                } else if let metadata {
                    body(Int(slot.series), metadata)
                }
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
    /// Calls `body` with each line of the page being read, at its end: a comment, or the key of a series and its number; without a line for a series
    /// that was made of other lines.
    fileprivate func forEachLine(
        of page: UnsafeRawBufferPointer, _ format: ExpositionFormat, _ body: (UnsafeRawBufferPointer?, Int?) -> Void
    ) {
        var cursor = ExpositionCursor(page, format: format)
        for slot in lines {
            if !slot.isComment, isHistogram(Int(slot.series)) {
                body(nil, Int(slot.series))
                continue
            }
            guard let line = Self.line(of: slot, in: &cursor) else { return }
            body(line, slot.isComment ? nil : Int(slot.series))
        }
    }

    /// Moves behind the line that a slot is of: others stand for no series.
    private static func line(of slot: PageSlot, in cursor: inout ExpositionCursor) -> UnsafeRawBufferPointer? {
        while true {
            cursor.skipEmptyLines()
            let start = cursor.position
            let line: Range<Int>
            switch try? cursor.next() {
            case nil, .end: return nil
            case .series(let series): line = series.key
            default: line = start..<cursor.position
            }
            if LineKey(cursor[line]) == slot.key { return cursor[line] }
        }
    }
}
