/// What most loops do most of the time: wait for a tick, fetch a page the lean way, and store it. Each step is called by the one before, on the
/// reactor's thread: tasks and continuations would take longer than the rest of a short page does.
///
/// It goes on until something else is to be waited for (a worker, the head, another way to the target) or the loop ends. Then the loop's task takes
/// over.
final class SteadyScrapes: @unchecked Sendable {
    // Every member is touched on the reactor's thread alone.

    /// A scrape that something is still to be waited for.
    struct Unfinished: Sendable {
        enum Step: Sendable {
            /// A redirect, or a page that takes long to unpack.
            case settle(Result<LeanAnswer, any Error>, RoutedSource, deadline: Int64)
            /// A page that takes long to store.
            case store(Result<ScrapedPage, ScrapeError>)
        }

        let begun: ScrapeTicks.Begun
        let buffer: PageBuffer
        let step: Step
    }

    /// A scrape that is under way.
    private struct Scrape {
        let begun: ScrapeTicks.Begun
        let buffer: PageBuffer
        let deadline: Int64
    }

    private let loop: ScrapeLoop
    private let source: RoutedSource
    private let reactor: ScrapeReactor
    private(set) var ticks: ScrapeTicks
    private var scrape: Scrape?
    private var continuation: UnsafeContinuation<Unfinished?, Never>?

    /// Nil if the loop's next scrape is none of these, as far as can be seen.
    init?(_ loop: ScrapeLoop, _ ticks: ScrapeTicks) {
        guard let reactor = loop.reactor, reactor.isCurrent, let source = loop.source as? RoutedSource else { return nil }
        self.loop = loop
        self.source = source
        self.reactor = reactor
        self.ticks = ticks
        guard canGoOn else { return nil }
    }

    /// Returns when it can go no further; with the scrape that could not be finished, if there is one.
    func run() async -> Unfinished? {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                self.continuation = continuation
                waitForTick()
            }
        } onCancel: {
            reactor.perform { self.cancelled() }
        }
    }

    private var canGoOn: Bool {
        source.lean != nil && loop.mayFetch && loop.environment.intake.head != nil && loop.isQuick(bytes: 0)
    }

    private func leave(_ unfinished: Unfinished? = nil) {
        let waiting = continuation
        continuation = nil
        waiting?.resume(returning: unfinished)
    }

    /// A scrape that has begun is finished.
    private func cancelled() {
        if scrape == nil { leave() }
    }

    private func waitForTick() {
        // Whoever was cancelled before this began is told so by the loop's state.
        guard loop.mayFetch else { return leave() }
        reactor.add(self, at: ScrapeReactor.time(after: ticks.wait(loop.environment.clock)))
    }

    private func store(_ page: Result<ScrapedPage, ScrapeError>, _ scrape: Scrape) {
        guard let head = loop.environment.intake.head, loop.isQuick(bytes: (try? page.get().body.count) ?? 0) else {
            return leave(Unfinished(begun: scrape.begun, buffer: scrape.buffer, step: .store(page)))
        }
        loop.conclude(loop.storeHere(page, scrape.begun, head), scrape.begun, scrape.buffer)
        waitForTick()
    }
}

extension SteadyScrapes: Alarm {
    var isOff: Bool { continuation == nil }

    func ring(at time: Int64) {
        guard continuation != nil, scrape == nil else { return }
        guard canGoOn, let lean = source.lean else { return leave() }
        let begun = ticks.take(loop.environment.clock, loop.environment.counters)
        let scrape = Scrape(begun: begun, buffer: loop.environment.buffers.take(), deadline: lean.deadline)
        self.scrape = scrape
        lean.begin(into: scrape.buffer, before: scrape.deadline, for: self)
    }
}

extension SteadyScrapes: LeanClient {
    func came(_ answer: Result<LeanAnswer, any Error>) {
        guard let scrape else { return }
        self.scrape = nil
        do {
            guard let page = try source.settleHere(answer, scrape.buffer) else {
                return leave(Unfinished(begun: scrape.begun, buffer: scrape.buffer, step: .settle(answer, source, deadline: scrape.deadline)))
            }
            store(.success(page), scrape)
        } catch {
            store(.failure(ScrapeError(of: error)), scrape)
        }
    }
}
