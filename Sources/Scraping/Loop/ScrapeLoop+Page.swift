import Model
import Runtime
import Synchronization
import TSDB

// A page, from the target into the head.

extension ScrapeLoop {
    /// Fetches and stores one page.
    func scrape(_ begun: ScrapeTicks.Begun) async {
        let buffer = environment.buffers.take()
        await store(await fetch(into: buffer), begun, buffer)
    }

    /// Goes on where steady scrapes had to stop.
    func finish(_ scrape: SteadyScrapes.Unfinished) async {
        let page: Result<ScrapedPage, ScrapeError>
        switch scrape.step {
        case .settle(let answer, let source, let deadline):
            page = await result { try await source.settle(answer, self.request(into: scrape.buffer), before: deadline) }
        case .store(let fetched): page = fetched
        }
        await store(page, scrape.begun, scrape.buffer)
    }

    private func store(_ page: Result<ScrapedPage, ScrapeError>, _ begun: ScrapeTicks.Begun, _ buffer: PageBuffer) async {
        let clock = environment.clock
        let error = await store(page, at: begun.time) { clock.monotonic() - begun.monotonic }
        conclude(error, begun, buffer)
    }

    /// A scrape is over.
    func conclude(_ error: ScrapeError?, _ begun: ScrapeTicks.Begun, _ buffer: PageBuffer) {
        let duration = Double(environment.clock.monotonic() - begun.monotonic) / 1e9
        environment.buffers.giveBack(buffer)
        if let error, let failures = environment.failures {
            failures.log(ScrapeFailure(job: target.scrapePool, target: target.url, error: error.description, time: environment.clock.now()))
        }
        state.withLock {
            $0.status = Status(
                health: error == nil ? .up : .down, lastError: error, lastScrape: begun.time, lastDuration: duration, page: $0.status.page)
        }
        environment.counters.scrapes.increment()
    }

    /// Writes a page, or keeps it until there is a head. Returns why the scrape failed, nil if it did not or if its page was not looked at yet.
    private func store(
        _ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp, _ elapsed: @escaping @Sendable () -> Int64
    ) async -> ScrapeError? {
        do {
            let head: Head
            switch try environment.intake.head.map(HeadIntake.Outcome.open) ?? keep(page, at: time, duration: elapsed()) {
            case .open(let open): head = open
            case .deferred:
                if case .failure(let error) = page { return error }
                return nil
            }
            let report = try await ingest(page, at: time, into: head, elapsed)
            note(report, page, at: time)
            return report.error
        } catch {
            return lost(error)
        }
    }

    /// Stores a page on the spot. Returns why the scrape failed.
    func storeHere(_ page: Result<ScrapedPage, ScrapeError>, _ begun: ScrapeTicks.Begun, _ head: Head) -> ScrapeError? {
        let clock = environment.clock
        do {
            let report = try holder.ingest(page, at: begun.time, into: head, clock) { clock.monotonic() - begun.monotonic }
            note(report, page, at: begun.time)
            return report.error
        } catch {
            return lost(error)
        }
    }

    private func lost(_ error: any Error) -> ScrapeError {
        if error is HeadIntake.Full { environment.counters.refusedWhileOpening.increment() }
        tellLost(error)
        return ScrapeError("the page could not be stored: \(error)")
    }

    /// On a reactor a page that was quick to store of late is stored at once, which saves two threads' waking up.
    private func ingest(
        _ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp, into head: Head, _ elapsed: @escaping @Sendable () -> Int64
    ) async throws -> TargetIngester.Report {
        let holder = holder
        let clock = environment.clock
        if isQuick(bytes: (try? page.get().body.count) ?? 0) { return try holder.ingest(page, at: time, into: head, clock, duration: elapsed) }
        return try await environment.workers.run { try holder.ingest(page, at: time, into: head, clock, duration: elapsed) }
    }

    /// Whether a page of so many bytes may be stored on the reactor.
    func isQuick(bytes: Int) -> Bool { reactor != nil && holder.cost.isQuick(bytes, within: environment.quickIngest) }

    /// The page is copied: its buffer is for the next scrape.
    private func keep(
        _ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp, duration: Int64
    ) throws(HeadIntake.Full) -> HeadIntake.Outcome {
        let copy = page.map(\.copy)
        let bytes = (try? copy.get().body.capacity) ?? 0
        let outcome = try environment.intake.keep(bytes: bytes) { [self] head in
            do { note(try holder.ingester(head).ingest(copy, at: time) { duration }, copy, at: time) } catch { tellLost(error) }
        }
        if case .deferred = outcome { environment.counters.deferred.increment() }
        return outcome
    }

    private func note(_ report: TargetIngester.Report, _ page: Result<ScrapedPage, ScrapeError>, at time: Timestamp) {
        environment.counters.count(report, pool: target.scrapePool)
        state.withLock { $0.status.page = PageStatus(report, packedSize: (try? page.get())?.packedSize) }
        tellRefused(report)
        tellOverrun(report.overrun, at: time)
    }

    /// Once a minute at most.
    private func tellOverrun(_ overrun: TargetIngester.Overrun, at time: Timestamp) {
        guard overrun.series > 0 else { return }
        let isToTell = state.withLock { state in
            if let told = state.overrunTold, (0..<60_000).contains(time - told) { return false }
            state.overrunTold = time
            return true
        }
        guard isToTell else { return }
        let metrics = overrun.metrics.map { "\($0.metric) (\($0.count))" }.joined(separator: ", ")
        environment.report(
            StorageEvent(
                .warning, "series of a target are not stored: the head's budget is used up",
                [("target", target.url), ("scrape_pool", target.scrapePool), ("series", "\(overrun.series)"), ("metrics", metrics)]))
    }

    private func tellLost(_ error: any Error) {
        environment.report(StorageEvent(.error, "a scrape could not be stored", [("target", target.url), ("error", "\(error)")]))
    }

    private func fetch(into buffer: PageBuffer) async -> Result<ScrapedPage, ScrapeError> {
        if let forced = state.withLock({ $0.forcedError }) { return .failure(forced) }
        return await result { try await self.source.fetch(self.request(into: buffer)) }
    }

    private func request(into buffer: PageBuffer) -> ScrapeRequest {
        let limit = settings.options.limits.bodySize
        return ScrapeRequest(
            url: target.url, accept: settings.accept, timeout: target.timeout, bodySizeLimit: limit > 0 ? limit : environment.maxBodySize,
            acceptsGzip: settings.acceptsGzip, client: settings.client, buffer: buffer)
    }

    private func result(_ page: () async throws -> ScrapedPage) async -> Result<ScrapedPage, ScrapeError> {
        do {
            return .success(try await page())
        } catch {
            return .failure(ScrapeError(of: error))
        }
    }

    private func tellRefused(_ report: TargetIngester.Report) {
        let outcome = report.outcome
        guard outcome.refused > outcome.overBudget else { return }
        let fields = [
            ("target", target.url), ("out_of_order", "\(outcome.outOfOrder)"), ("duplicate", "\(outcome.duplicate)"),
            ("out_of_bounds", "\(outcome.outOfBounds)"),
        ]
        environment.report(StorageEvent(.warning, "samples of a scrape were refused", fields.map { (name: $0.0, value: $0.1) }))
    }
}
