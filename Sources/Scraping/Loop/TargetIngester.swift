import Exposition
public import Model
public import TSDB

/// Stores one target's pages. Not thread-safe: its loop uses it for one scrape at a time.
public final class TargetIngester {
    /// What a target's configuration says about its pages.
    public struct Options: Sendable, Equatable {
        public var honorLabels = false
        public var honorTimestamps = true
        public var trackTimestampsStaleness = false
        public var fallbackProtocol: ExpositionProtocol?
        public var rules: [RelabelRule] = []
        public var limits = ScrapeLimits()
        public var nameValidation = NameValidation.utf8
        public var extraMetrics = false
        /// Milliseconds.
        public var timeout: Int64 = 10_000

        public init() {}
    }

    /// What a scrape brought.
    public struct Report: Sendable {
        /// Why the scrape failed, nil if it did not.
        public var error: ScrapeError?
        public var tally = PageTally()
        /// What the head refused, repeated lines included.
        public var outcome = AppendOutcome()
        /// Bytes of the unpacked page; −1 if it was beyond the limit.
        public var bodySize = 0
    }

    private let head: Head
    private let options: Options
    private let maker: SeriesMaker
    private let cache = PageCache()
    private let metadata: TargetMetadata
    private var batch = AppendBatch()
    /// New series of the batch: the batch's number of each and the cache's.
    private var new: [(inBatch: Int, series: Int)] = []
    private var reports: ReportSeries
    /// For the page being read.
    private var keepsExemplars = false

    /// `targetLabels` are the target's labels without those that begin with `__`.
    public init(head: Head, targetLabels: Labels, options: Options, metadata: TargetMetadata) {
        self.head = head
        self.options = options
        self.metadata = metadata
        maker = SeriesMaker(
            targetLabels: targetLabels, honorLabels: options.honorLabels, rules: options.rules, limits: options.limits,
            nameValidation: options.nameValidation)
        reports = ReportSeries(targetLabels: targetLabels, extra: options.extraMetrics)
    }

    /// Stores a page with its report series, or for a failed scrape stale markers and the report series, in one batch.
    ///
    /// A page of no bytes is good and has no samples. `duration`, in nanoseconds, is asked for once the page is parsed.
    /// Throws what the head throws; nothing is stored then.
    public func ingest(_ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp, duration: () -> Int64) throws(StorageError) -> Report {
        var trusting = true
        // Between scrapes, which are seconds apart, a batch would be a third of what a target costs in memory.
        defer { forgetBatch() }
        batch.reserve(cache.stored + reports.count)
        while true {
            batch.removeAll()
            new.removeAll(keepingCapacity: true)
            var report = read(page, at: time, trusting: trusting)
            let isEmpty = (try? page.get().body.count) == 0
            addStaleMarkers(failed: report.error != nil || isEmpty, at: time, trusting: trusting)
            reports.add(
                reportValues(report, duration()), at: time, to: &batch, trusting: trusting, withMetadata: head.recordsMetadata)
            let outcome = try append()
            // The head no longer knows some series: everything is added again, by labels.
            if trusting, !outcome.unknown.isEmpty {
                cache.abort()
                trusting = false
                continue
            }
            report.outcome = outcome
            report.outcome.duplicate += report.tally.duplicates
            finish(report, isEmpty ? nil : try? page.get())
            return report
        }
    }

    /// Ends all series, report series included, as of a time; those that have newer samples by then are left alone.
    public func end(at time: Timestamp) throws(StorageError) {
        var ending = cache.goneSeries(failed: true).compactMap { cache.series[$0].reference } + reports.references
        while !ending.isEmpty {
            batch.removeAll()
            // An end that comes late is none: what is newer goes on.
            batch.refusesOutOfOrder = true
            for reference in ending { batch.add(reference, time, StaleMarker.value) }
            // What the head has forgotten needs no end.
            let unknown = Set(try append().unknown)
            if unknown.isEmpty { break }
            ending = ending.enumerated().filter { !unknown.contains($0.offset) }.map(\.element)
        }
        cache.forgetTracked()
        forgetBatch()
    }

    private func forgetBatch() {
        batch = AppendBatch()
        new = []
    }

    // MARK: Reading

    private func read(_ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp, trusting: Bool) -> Report {
        var report = Report()
        switch page {
        case .failure(let error):
            report.error = error
            if error.exceeds == .bodySize { report.bodySize = -1 }
        case .success(let page):
            report.bodySize = page.body.count
            guard report.bodySize > 0 else { break }
            do {
                let format = try ContentType.format(page.contentType, fallback: options.fallbackProtocol)
                readBody(page.body, format, at: time, trusting: trusting, &report)
            } catch {
                report.error = ScrapeError("\(error)")
            }
        }
        return report
    }

    private func readBody(_ body: PageBuffer, _ format: ExpositionFormat, at time: Timestamp, trusting: Bool, _ report: inout Report) {
        do {
            // So that every line fits what is kept of it.
            guard body.count < PageSlot.lengthLimit else { throw ScrapeError.bodySizeLimit }
            try body.withUnsafeBytes { try read($0, format, at: time, trusting: trusting, &report.tally) }
        } catch {
            report.error = error as? ScrapeError ?? ScrapeError("\(error)")
            cache.breakOff()
            batch.removeAll()
            new.removeAll(keepingCapacity: true)
        }
    }

    private func read(
        _ page: UnsafeRawBufferPointer, _ format: ExpositionFormat, at time: Timestamp, trusting: Bool, _ tally: inout PageTally
    ) throws {
        var cursor = ExpositionCursor(page, format: format)
        cache.begin(format, trusting: trusting)
        keepsExemplars = head.keepsExemplars
        reading: while true {
            cache.takeKnownLines(&cursor, at: time, into: &batch, &tally)
            let start = cursor.position
            switch try cursor.next() {
            case .end: break reading
            case .series(let line): try add(line, cursor, format, at: time, trusting: trusting, &tally)
            default: cache.addComment(cursor[start..<cursor.position], at: start)
            }
        }
        cache.end()
        if head.recordsMetadata, !trusting || cache.differs { PageMetadata.add(from: page, cache, format, new: new, to: &batch) }
        if options.limits.samples > 0, batch.count > options.limits.samples { throw ScrapeError.sampleLimit }
    }

    /// A line that the cache could not simply take.
    private func add(
        _ line: SeriesLine, _ cursor: ExpositionCursor, _ format: ExpositionFormat, at time: Timestamp, trusting: Bool, _ tally: inout PageTally
    ) throws {
        tally.scraped += 1
        let key = cursor[line.key]
        var labels: Labels?
        let number: Int
        if let known = cache.find(key) {
            number = known
        } else {
            labels = try maker.make(key, format, type: currentType(cursor))
            number = cache.addSeries(key, isDropped: labels == nil)
            if labels != nil, options.limits.samples <= 0 || batch.count < options.limits.samples { tally.added += 1 }
        }
        guard !cache.series[number].isDropped else { return cache.markSeen(number, tracked: false) }
        tally.kept += 1
        let explicit = options.honorTimestamps ? line.timestamp : nil
        if explicit == nil, cache.isSeen(number) {
            tally.duplicates += 1
            return
        }
        cache.markSeen(number, tracked: explicit == nil || options.trackTimestampsStaleness)
        let exemplar = exemplar(of: line, cursor, at: explicit ?? time)
        if trusting, let reference = cache.series[number].reference {
            batch.add(reference, explicit ?? time, line.value)
            if let exemplar { batch.add(exemplar, to: reference) }
            return
        }
        guard let labels = try labels ?? maker.make(key, format, type: currentType(cursor)) else { return }
        let inBatch = batch.add(labels, explicit ?? time, line.value)
        if let exemplar { batch.add(exemplar, toNew: inBatch) }
        new.append((inBatch, number))
    }

    /// Nil too if exemplars are not kept. One that makes no sense does not make the page fail.
    private func exemplar(of line: SeriesLine, _ cursor: ExpositionCursor, at time: Timestamp) -> Exemplar? {
        guard !line.exemplar.isEmpty, keepsExemplars, let found = try? cursor.exemplar(of: line) else { return nil }
        return Exemplar(labels: found.labels, value: found.value, time: found.timestamp ?? time, isTimed: found.timestamp != nil)
    }

    private func currentType(_ page: ExpositionCursor) -> MetricType? {
        guard let line = cache.typeLine else { return nil }
        var cursor = ExpositionCursor(page[line], format: page.format)
        guard case .type(_, let type)? = try? cursor.next() else { return nil }
        return type
    }

    // MARK: Storing

    private func addStaleMarkers(failed: Bool, at time: Timestamp, trusting: Bool) {
        for number in cache.goneSeries(failed: failed) {
            // A series that the head has forgotten needs no end.
            guard trusting, let reference = cache.series[number].reference else { continue }
            batch.add(reference, time, StaleMarker.value)
        }
    }

    private func append() throws(StorageError) -> AppendOutcome {
        do {
            return try head.append(&batch)
        } catch {
            cache.abort()
            throw error
        }
    }

    /// `page` is nil if it was empty or did not come.
    private func finish(_ report: Report, _ page: ScrapedPage?) {
        reports.takeReferences(from: batch)
        for (inBatch, series) in new { cache.series[series].reference = batch.reference(ofNew: inBatch) }
        guard report.error == nil, let page else { return cache.forgetTracked() }
        if cache.commit(), let format = cache.lastFormat {
            page.body.withUnsafeBytes { metadata.update(page: cache.page, format: format, from: $0) }
        }
        metadata.purge(page: cache.page)
    }

    private func reportValues(_ report: Report, _ duration: Int64) -> ReportSeries.Values {
        ReportSeries.Values(
            up: report.error == nil, duration: Double(duration) / 1e9, tally: report.tally, timeout: Double(options.timeout) / 1000,
            sampleLimit: Double(options.limits.samples), bodySize: Double(report.error == nil || report.bodySize < 0 ? report.bodySize : 0))
    }
}
