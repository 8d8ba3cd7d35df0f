public import Model
import Runtime
import Synchronization
import TSDB

/// Runs a loop for each target of each job, and tells the API about them. Safe from any thread.
public final class ScrapeManager: Sendable {
    /// One job and its targets.
    private struct Pool {
        var job: ScrapeConfiguration
        var discovered: [TargetGroup] = []
        var loops: [Target.Identity: ScrapeLoop] = [:]
        var dropped: [Labels] = []
        var droppedCount = 0
    }

    private struct State {
        var pools: [String: Pool] = [:]
        var ending: [ScrapeLoop] = []
        var isShutDown = false
    }

    private let environment: ScrapeEnvironment
    private let state = Mutex(State())

    public init(_ environment: ScrapeEnvironment) { self.environment = environment }

    /// Takes over a configuration. Loops whose target and settings stay the same run on undisturbed.
    /// Returns what discovery gave that cannot be scraped, in words.
    @discardableResult
    public func apply(_ jobs: [ScrapeConfiguration]) -> [String] {
        state.withLock { state in
            guard !state.isShutDown else { return [] }
            let names = Set(jobs.map(\.jobName))
            for (name, pool) in state.pools where !names.contains(name) {
                pool.loops.values.forEach { $0.remove() }
                state.ending += pool.loops.values
                state.pools[name] = nil
                environment.counters.lengths.forget(name)
            }
            return jobs.flatMap { job in
                var pool = state.pools[job.jobName] ?? Pool(job: job)
                pool.job = job
                let problems = sync(&pool, &state.ending)
                state.pools[job.jobName] = pool
                return problems
            }
        }
    }

    /// Replaces what discovery has found for a job; its static targets stay. Returns as ``apply(_:)`` does.
    @discardableResult
    public func discovered(_ groups: [TargetGroup], job: String) -> [String] {
        state.withLock { state in
            guard !state.isShutDown, var pool = state.pools[job] else { return [] }
            pool.discovered = groups
            let problems = sync(&pool, &state.ending)
            state.pools[job] = pool
            return problems
        }
    }

    /// Ends all loops without stale markers, and waits for what is being scraped or written.
    public func shutDown() async {
        let loops = state.withLock { state in
            state.isShutDown = true
            return state.pools.values.flatMap(\.loops.values) + state.ending
        }
        for loop in loops { loop.shutDown() }
        for loop in loops { await loop.ended() }
    }

    // MARK: Targets to loops

    private func sync(_ pool: inout Pool, _ ending: inout [ScrapeLoop]) -> [String] {
        let start = environment.clock.monotonic()
        defer { environment.counters.lengths.noteSync(of: pool.job.jobName, environment.clock.monotonic() - start) }
        let (targets, problems) = targets(of: &pool)
        let settings = LoopSettings(pool.job)
        var loops: [Target.Identity: ScrapeLoop] = [:]
        var starting: [(loop: ScrapeLoop, predecessor: ScrapeLoop?)] = []
        for target in targets where loops[target.identity] == nil {
            let running = pool.loops.removeValue(forKey: target.identity)
            if let running, running.target == target, running.settings == settings {
                loops[target.identity] = running
            } else {
                let loop = ScrapeLoop(target, settings, environment)
                loops[target.identity] = loop
                starting.append((loop, running))
                if let running { retire(running, &ending) }
            }
        }
        for gone in pool.loops.values { retire(gone, &ending) }
        pool.loops = loops
        let limit = targetLimitError(pool)
        for loop in loops.values { loop.setForcedError(limit) }
        for (loop, predecessor) in starting { loop.start(after: predecessor) }
        return problems
    }

    private func retire(_ loop: ScrapeLoop, _ ending: inout [ScrapeLoop]) {
        loop.remove()
        ending.removeAll { $0.isOver }
        ending.append(loop)
    }

    private func targets(of pool: inout Pool) -> ([Target], [String]) {
        let builder = TargetBuilder(job: pool.job)
        let keep = pool.job.limits.keepDroppedTargets
        var targets: [Target] = []
        var problems: [String] = []
        pool.dropped = []
        pool.droppedCount = 0
        for group in pool.job.discovery.staticGroups + pool.discovered {
            let (outcomes, failures) = builder.build(group)
            problems += failures
            for outcome in outcomes {
                switch outcome {
                case .target(let target): targets.append(target)
                case .dropped(let labels):
                    pool.droppedCount += 1
                    if keep == 0 || pool.dropped.count < keep { pool.dropped.append(labels) }
                }
            }
        }
        environment.counters.invalidTargets.increment(by: problems.count)
        return (targets, problems)
    }

    private func targetLimitError(_ pool: Pool) -> ScrapeError? {
        let limit = pool.job.limits.targets
        guard limit > 0, pool.loops.count > limit else { return nil }
        environment.counters.targetLimitExceeded.increment()
        return ScrapeError("target_limit exceeded (number of targets: \(pool.loops.count), limit: \(limit))", exceeds: .targets)
    }
}

// MARK: - For the API

extension ScrapeManager {
    /// All targets that are scraped, by pool and URL.
    public func activeTargets() -> [ActiveTarget] {
        let loops = state.withLock { $0.pools.values.flatMap(\.loops.values) }
        return loops.map(ActiveTarget.init).sorted {
            sameBytes($0.scrapePool, $1.scrapePool) ? precedes($0.scrapeURL, $1.scrapeURL) : precedes($0.scrapePool, $1.scrapePool)
        }
    }

    /// Targets that relabelling dropped, as many as `keep_dropped_targets` keeps, with their pool.
    public func droppedTargets() -> [(scrapePool: String, discoveredLabels: Labels)] {
        let pools = state.withLock { $0.pools }
        return pools.sorted { precedes($0.key, $1.key) }.flatMap { pool in
            pool.value.dropped.map { (scrapePool: pool.key, discoveredLabels: $0) }
        }
    }

    /// How many targets relabelling dropped, by pool; every pool is there.
    public func droppedCounts() -> [String: Int] {
        state.withLock { $0.pools.mapValues(\.droppedCount) }
    }

    /// How many targets each pool may have; 0: any number.
    public func targetLimits() -> [String: Int64] {
        state.withLock { $0.pools.mapValues(\.job.limits.targets) }
    }

    /// How many targets each pool has.
    public func targetCounts() -> [String: Int] {
        state.withLock { $0.pools.mapValues(\.loops.count) }
    }
}

/// A target that is scraped, as of now.
public struct ActiveTarget: Sendable {
    public let discoveredLabels: Labels
    public let labels: Labels
    public let scrapePool: String
    public let scrapeURL: String
    /// Empty if the last scrape went well.
    public let lastError: String
    /// Nil before the first scrape.
    public let lastScrape: Timestamp?
    /// Seconds.
    public let lastScrapeDuration: Double
    public let health: TargetHealth
    /// Milliseconds.
    public let interval: Int64
    /// Milliseconds.
    public let timeout: Int64
    public let metadata: TargetMetadata
    public let page: PageStatus

    init(_ loop: ScrapeLoop) {
        let status = loop.status
        discoveredLabels = loop.target.discoveredLabels
        labels = loop.target.labels
        scrapePool = loop.target.scrapePool
        scrapeURL = loop.target.url
        lastError = status.lastError?.description ?? ""
        lastScrape = status.lastScrape
        lastScrapeDuration = status.lastDuration
        health = status.health
        interval = loop.target.interval
        timeout = loop.target.timeout
        metadata = loop.metadata
        page = status.page
    }

    /// The URL with a host name that others can reach, where the target is on this machine.
    public func globalURL(host: String) -> String {
        for local in ["localhost", "127.0.0.1", "[::1]"] {
            for scheme in ["http://", "https://"] where scrapeURL.hasPrefix(scheme + local) {
                let rest = scrapeURL.dropFirst(scheme.count + local.count)
                if rest.isEmpty || rest.hasPrefix(":") || rest.hasPrefix("/") { return scheme + host + rest }
            }
        }
        return scrapeURL
    }
}
