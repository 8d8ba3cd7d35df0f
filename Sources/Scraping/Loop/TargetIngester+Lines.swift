import Exposition
import Model
import TSDB

/// Lines of text.
extension TargetIngester {
    func readLines(_ page: UnsafeRawBufferPointer, _ format: ExpositionFormat) throws {
        var cursor = ExpositionCursor(page, format: format)
        reading: while true {
            cache.takeKnownLines(&cursor, into: &sink)
            cursor.skipEmptyLines()
            if let (place, line) = cache.takeKnownLine(&cursor) {
                sink.tally.scraped += 1
                try add(line, at: place, cursor)
                continue
            }
            let start = cursor.position
            switch try cursor.next() {
            case .end: break reading
            case .series(let line): try addParsed(line, cursor)
            default: cache.addComment(cursor[start..<cursor.position], at: start)
            }
        }
    }

    /// A line that was parsed as a whole.
    func addParsed(_ line: SeriesLine, _ cursor: ExpositionCursor) throws {
        sink.tally.scraped += 1
        let key = LineKey(cursor[line.key])
        if let place = cache.find(key) { return try add(line, at: place, cursor) }
        if options.ingestsStarts, cursor.format == .openMetrics, !isBeyondLimit, StartedSeries.isStart(cursor[line.key], currentType(cursor)) {
            return addStart(line, of: cache.addStart(key), cursor)
        }
        let labels = try labels(of: line, cursor)
        if labels != nil, options.limits.samples > 0, sink.sampleCount >= options.limits.samples { isBeyondLimit = true }
        guard !isBeyondLimit else {
            // The page fails. What else it has is counted, but no longer kept.
            if labels != nil { sink.tally.kept += 1 }
            return
        }
        let place = PageCache.Place(series: cache.addSeries(key, isDropped: labels == nil), isRepeat: false)
        if labels != nil { sink.tally.added += 1 }
        try add(line, at: place, cursor, labels)
    }

    /// A line with its place on the page. `labels`: if they had to be made.
    private func add(_ line: SeriesLine, at place: PageCache.Place, _ cursor: ExpositionCursor, _ labels: Labels? = nil) throws {
        let known = cache.series[place.series]
        if known.start != nil { return addStart(line, of: place.series, cursor) }
        guard !known.isDropped else { return }
        if cache.isPassedOver(place.series) { return sink.passOver() }
        sink.tally.kept += 1
        if place.isRepeat, sink.timestamp(of: line) == nil {
            sink.tally.duplicates += 1
            return
        }
        if sink.tracks(line) { cache.track(place.series) }
        if trusting, let reference = known.reference { return sink.add(line, of: reference, cursor) }
        guard let labels = try labels ?? self.labels(of: line, cursor) else { return }
        new.append((sink.add(line, of: labels, cursor), place.series))
    }

    /// A line that says since when others count. It is no sample.
    private func addStart(_ line: SeriesLine, of number: Int, _ cursor: ExpositionCursor) {
        sink.tally.scraped -= 1
        guard cache.series[number].start != sink.start(line.value), let start = sink.start(line.value), start > 0 else { return }
        guard let started = StartedSeries(cursor[line.key], currentType(cursor)) else { return }
        var isOfThePast = true
        started.forEach(before: line.key.lowerBound, on: cursor) { sample, back in
            guard let series = cache.series(before: back), !cache.series[series].isDropped, !cache.isPassedOver(series) else { return }
            let time = sink.timestamp(of: sample) ?? sink.time
            isOfThePast = isOfThePast && start < time
            if let inBatch = new.suffix(back).last(where: { $0.series == series })?.inBatch {
                sink.batch.addStart(toNew: inBatch, start, before: time)
            } else if trusting, let reference = cache.series[series].reference {
                sink.batch.addStart(reference, start, before: time)
            }
        }
        // Where clocks differ it may become one of the past.
        if isOfThePast { starts.append((number, start)) }
    }

    private func labels(of line: SeriesLine, _ cursor: ExpositionCursor) throws -> Labels? {
        do {
            return try maker.make(cursor[line.key], cursor.format, type: currentType(cursor))
        } catch let error as KeyReader.Invalid where error == .notUTF8 {
            // No sample, but a line that cannot be read, and so not counted.
            sink.tally.scraped -= 1
            throw error
        }
    }

    private func currentType(_ page: ExpositionCursor) -> MetricType? {
        guard let line = cache.typeLine else { return nil }
        var cursor = ExpositionCursor(page[line], format: page.format)
        guard case .type(_, let type)? = try? cursor.next() else { return nil }
        return type
    }
}
