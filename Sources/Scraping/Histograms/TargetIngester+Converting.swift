import Exposition
import Model
import TSDB

/// Pages of text whose classic histograms become native ones (`convert_classic_histograms_to_nhcb`).
extension TargetIngester {
    func readConverting(_ page: UnsafeRawBufferPointer, _ format: ExpositionFormat) throws {
        var cursor = ExpositionCursor(page, format: format)
        converter?.beginPage()
        reading: while true {
            cursor.skipEmptyLines()
            let start = cursor.position
            let entry = try cursor.next()
            if case .series(let line) = entry {
                try takeConverting(line, cursor)
                continue
            }
            try takeGroup(cursor)
            if case .end = entry { break reading }
            if case .type(let name, let type) = entry { converter?.family = type == .histogram ? LineKey(cursor[name]) : nil }
            cache.addComment(cursor[start..<cursor.position], at: start)
        }
        converter?.endPage()
    }

    private func takeConverting(_ line: SeriesLine, _ cursor: ExpositionCursor) throws {
        guard let part = converter?.part(line, cursor) else {
            try takeGroup(cursor)
            return try addParsed(line, cursor)
        }
        if part.histogram != converter?.group?.key { try takeGroup(cursor) }
        converter?.add(line, part, exemplar(of: line, cursor))
        if options.histograms.alwaysScrapeClassic { try addParsed(line, cursor) }
    }

    /// The histogram that was gathered is whole.
    private func takeGroup(_ cursor: ExpositionCursor) throws {
        guard let group = converter?.takeGroup(), let histogram = group.collector.histogram() else { return }
        let sample = PageSample(value: .histogram(histogram), timestamp: group.timestamp, exemplars: ordered(group.exemplars))
        try take(sample, group.key) {
            // The line was found to be a part of one.
            try ClassicConverter.labels(cursor[group.line], cursor.format) ?? .empty
        }
    }

    /// Histograms have exemplars with times of their own only.
    private func exemplar(of line: SeriesLine, _ cursor: ExpositionCursor) -> ExposedExemplar? {
        guard !line.exemplar.isEmpty, sink.keepsExemplars, let exemplar = try? cursor.exemplar(of: line) else { return nil }
        return exemplar.timestamp == nil ? nil : exemplar
    }
}
