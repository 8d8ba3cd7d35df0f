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
        public var histograms = HistogramOptions()
        public var nameValidation = NameValidation.utf8
        public var extraMetrics = false
        /// `_created` lines of OpenMetrics are no series, but say where a zero is to be stored.
        public var ingestsStarts = false
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
        /// Series of the target that the head has no room for: how many there are now, and the metrics with the most.
        public var overrun = Overrun()
    }

    /// Series of one target for which the head's budget left no room.
    public struct Overrun: Sendable {
        public var series = 0
        /// Ten at most, by descending counts.
        public var metrics: [(metric: String, count: Int)] = []
    }

    let head: Head
    let options: Options
    let maker: SeriesMaker
    var cache = PageCache()
    private let metadata: TargetMetadata
    /// What the page being read has brought so far.
    var sink = PageSink()
    /// New series of the batch: the batch's number of each and the cache's.
    var new: [(inBatch: Int, series: Int)] = []
    /// Lines with starts that the page being read tells for the first time.
    var starts: [(series: Int, start: Timestamp)] = []
    /// The head's round in which the refused series were asked for last.
    private var round: UInt64 = 0
    private var reports: ReportSeries
    /// What the last page's content type stands for.
    private var lastFormat: (contentType: String?, format: PageFormat)?
    /// References of the cache may be used; if not, every series of the page is asked for by its labels.
    var trusting = true
    /// The page being read has more samples than it may.
    var isBeyondLimit = false
    /// It has a native histogram with more buckets than it may.
    var hasTooManyBuckets = false
    /// Makes native histograms of classic ones, where that is wanted.
    var converter: ClassicConverter?
    let histogramLimits: HistogramLimits

    /// `targetLabels` are the target's labels without those that begin with `__`.
    public init(head: Head, targetLabels: Labels, options: Options, metadata: TargetMetadata) {
        self.head = head
        self.options = options
        self.metadata = metadata
        maker = SeriesMaker(
            targetLabels: targetLabels, honorLabels: options.honorLabels, rules: options.rules, limits: options.limits,
            nameValidation: options.nameValidation)
        histogramLimits = HistogramLimits(options.histograms)
        if options.histograms.convertClassicToCustomBuckets { converter = ClassicConverter() }
        reports = ReportSeries(targetLabels: targetLabels, extra: options.extraMetrics)
        sink.honorsTimestamps = options.honorTimestamps
        sink.tracksTimestamps = options.trackTimestampsStaleness
    }

    /// How many series are remembered from the last good page.
    var knownSeries: Int { cache.stored }

    /// Stores a page with its report series, or for a failed scrape stale markers and the report series, in one batch.
    ///
    /// A page of no bytes is good and has no samples. `duration`, in nanoseconds, is asked for once the page is parsed.
    /// Throws what the head throws; nothing is stored then.
    public func ingest(_ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp, duration: () -> Int64) throws(StorageError) -> Report {
        trusting = true
        sink.time = time
        let round = head.budgetRound
        cache.passing = round == self.round ? .droppedAndRefused : .dropped
        lendBatch()
        defer { giveBackBatch() }
        sink.batch.reserve(cache.stored + reports.count)
        while true {
            forgetSamples()
            var report = read(page)
            report.tally = sink.tally
            let isEmpty = (try? page.get().body.count) == 0
            addStaleMarkers(failed: report.error != nil || isEmpty)
            sink.batch.exemptFurtherSeries()
            reports.add(
                reportValues(report, duration()), at: time, to: &sink.batch, trusting: trusting, withMetadata: head.recordsMetadata)
            let outcome = try append()
            // The head no longer knows some series: everything is added again, by labels.
            if trusting, !outcome.unknown.isEmpty || !outcome.unknownHistograms.isEmpty {
                cache.abort()
                trusting = false
                continue
            }
            report.outcome = outcome
            report.outcome.duplicate += report.tally.duplicates
            finish(report, isEmpty ? nil : try? page.get())
            if report.error == nil, !isEmpty { self.round = round }
            report.overrun = Overrun(series: cache.overrun.count, metrics: cache.overrun.largest())
            return report
        }
    }

    /// Ends all series, report series included, as of a time; those that have newer samples by then are left alone.
    public func end(at time: Timestamp) throws(StorageError) {
        var ending = cache.goneSeries(failed: true).compactMap { number in
            cache.series[number].reference.map { (reference: $0, isHistogram: cache.isHistogram(number)) }
        }
        ending += reports.references.map { ($0, false) }
        lendBatch()
        defer { giveBackBatch() }
        while !ending.isEmpty {
            sink.batch.removeAll()
            // An end that comes late is none: what is newer goes on.
            sink.batch.refusesOutOfOrder = true
            ending.sort { !$0.isHistogram && $1.isHistogram }
            for one in ending { addStaleMarker(one.reference, at: time, isHistogram: one.isHistogram) }
            // What the head has forgotten needs no end.
            let outcome = try append()
            let floats = sink.batch.count
            let unknown = Set(outcome.unknown + outcome.unknownHistograms.map { floats + $0 })
            if unknown.isEmpty { break }
            ending = ending.enumerated().filter { !unknown.contains($0.offset) }.map(\.element)
        }
        cache.forgetTracked()
    }

    private func lendBatch() { sink.batch = BatchShelf.shared.take() }

    private func giveBackBatch() {
        BatchShelf.shared.takeBack(&sink.batch)
        new = []
        starts = []
    }

    /// What a page that failed has brought is not stored; what it had is still told.
    private func forgetSamples() {
        sink.batch.removeAll()
        new.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
    }

    // MARK: Reading

    private func read(_ page: Result<ScrapedPage, ScrapeError>) -> Report {
        sink.tally = PageTally()
        var report = Report()
        switch page {
        case .failure(let error):
            report.error = error
            if error.exceeds == .bodySize { report.bodySize = -1 }
        case .success(let page):
            report.bodySize = page.body.count
            guard report.bodySize > 0 else { break }
            do {
                report.error = readBody(page.body, try format(of: page))
            } catch {
                report.error = ScrapeError("\(error)")
            }
        }
        return report
    }

    /// A target names the same one each time.
    private func format(of page: ScrapedPage) throws -> PageFormat {
        if let lastFormat, lastFormat.contentType == page.contentType { return lastFormat.format }
        let format = try ContentType.format(page.contentType, fallback: options.fallbackProtocol)
        lastFormat = (page.contentType, format)
        return format
    }

    private func readBody(_ body: PageBuffer, _ format: PageFormat) -> ScrapeError? {
        do {
            // So that every line fits what is kept of it.
            guard body.count < PageSlot.lengthLimit else { throw ScrapeError.bodySizeLimit }
            try body.withUnsafeBytes { try read($0, format) }
            return nil
        } catch {
            cache.breakOff()
            forgetSamples()
            return ScrapeError(of: error)
        }
    }

    private func read(_ page: UnsafeRawBufferPointer, _ format: PageFormat) throws {
        cache.begin(format, trusting: trusting)
        sink.keepsExemplars = head.keepsExemplars
        (isBeyondLimit, hasTooManyBuckets) = (false, false)
        switch format {
        case .protobuf: try readProtobuf(page)
        case .lines(let format): try converter == nil ? readLines(page, format) : readConverting(page, format)
        }
        cache.end()
        if isBeyondLimit || (options.limits.samples > 0 && sink.sampleCount > options.limits.samples) { throw ScrapeError.sampleLimit }
        if hasTooManyBuckets { throw ScrapeError.bucketLimit }
        if head.recordsMetadata, cache.commentsChanged || !new.isEmpty { PageMetadata.add(from: page, cache, format, new: new, to: &sink.batch) }
    }

    // MARK: Storing

    private func addStaleMarkers(failed: Bool) {
        for number in cache.goneSeries(failed: failed) {
            // A series that the head has forgotten needs no end.
            guard trusting, let reference = cache.series[number].reference else { continue }
            addStaleMarker(reference, at: sink.time, isHistogram: cache.isHistogram(number))
        }
    }

    private func addStaleMarker(_ reference: SeriesRef, at time: Timestamp, isHistogram: Bool) {
        if isHistogram {
            sink.batch.add(reference, time, .whole(.staleMarker))
        } else {
            sink.batch.add(reference, time, StaleMarker.value)
        }
    }

    private func append() throws(StorageError) -> AppendOutcome {
        do {
            return try head.append(&sink.batch)
        } catch {
            cache.abort()
            throw error
        }
    }

    /// `page` is nil if it was empty or did not come.
    private func finish(_ report: Report, _ page: ScrapedPage?) {
        reports.takeReferences(from: sink.batch)
        noteAliases(report.outcome)
        for (inBatch, series) in new { cache.setReference(sink.batch.reference(ofNew: inBatch), of: series) }
        noteRefused(report.outcome)
        for (series, start) in starts { cache.series[series].start = start }
        guard report.error == nil, let page else { return cache.forgetTracked() }
        if cache.commit(), let format = cache.storedFormat {
            page.body.withUnsafeBytes { metadata.update(page: cache.page, format: format, from: $0) }
        }
        metadata.purge(page: cache.page)
    }

    private func noteRefused(_ outcome: AppendOutcome) {
        guard !outcome.seriesRefused.isEmpty else { return }
        let refused = Set(outcome.seriesRefused)
        for (inBatch, series) in new where refused.contains(inBatch) {
            cache.setRefused(sink.batch.labels(ofNew: inBatch).metricName ?? "", of: series)
        }
    }

    /// Two keys that are one series show themselves on the first page that has them both: by two samples of the series in one batch, or by one that
    /// was not stored in its order.
    private func noteAliases(_ outcome: AppendOutcome) {
        if outcome.hasRepeats { cache.hasAliases = true }
        if !new.isEmpty, outcome.refused - outcome.overBudget + outcome.identical + outcome.appendedOutOfOrder > 0 { cache.hasAliases = true }
    }

    private func reportValues(_ report: Report, _ duration: Int64) -> ReportSeries.Values {
        ReportSeries.Values(
            up: report.error == nil, duration: Double(duration) / 1e9, tally: report.tally, timeout: Double(options.timeout) / 1000,
            sampleLimit: Double(options.limits.samples), bodySize: Double(report.bodySize))
    }
}
