public import Model
import PromQL
import Runtime
import Synchronization
import TSDB

/// What groups have that do not say otherwise. Durations are milliseconds.
public struct RuleDefaults: Sendable, Equatable {
    public var interval: Int64
    public var queryOffset: Int64
    public var external: ExternalIdentity

    public init(interval: Int64 = 60_000, queryOffset: Int64 = 0, external: ExternalIdentity = ExternalIdentity()) {
        self.interval = interval
        self.queryOffset = queryOffset
        self.external = external
    }
}

/// All groups of rules of a server.
///
/// It has no thread of its own: either `RuleScheduler` drives it by the clock, or a simulation does by `advance`.
public final class RuleManager: Sendable {
    /// Series of groups that are gone, and when they are ended: by then a group of another name may have taken them over.
    private struct Departure {
        let group: String
        let series: [Labels]
        /// When the group ended, less its query offset.
        let time: Timestamp
        let due: Timestamp
    }

    private struct State {
        /// In the order of the configuration.
        var groups: [RuleGroupRunner] = []
        var departures: [Departure] = []
        var hasBegun = false
    }

    private let environment: RuleEnvironment
    private let concurrency: RuleConcurrency?
    /// One reload at a time.
    private let updating = Mutex(())
    private let state = Mutex(State())
    let stop = StopSignal()

    public init(_ environment: RuleEnvironment) {
        self.environment = environment
        let options = environment.options
        concurrency = options.helpers.map { RuleConcurrency($0, limit: options.maxConcurrentEvaluations) }
    }

    /// All groups, in the order of the configuration.
    public var groups: [RuleGroupRunner] { state.withLock { $0.groups } }

    /// The groups as the API shows them.
    public var report: [RuleGroupReport] { groups.map(\.report) }

    /// What each group has counted, by its `file;name`.
    public var numbers: [(group: String, interval: Int64, rules: Int, numbers: RuleGroupNumbers)] {
        groups.map { ($0.group.key, $0.slots.interval, $0.rules.count, $0.numbers) }
    }

    /// Puts groups into force. A group that is as before goes on; one that has changed is evaluated from its next slot on, and its rules that bear the
    /// name and the labels of one before take over its alerts and series. The first call's groups restore the alerts of the run before.
    public func update(_ groups: [RuleGroup], _ defaults: RuleDefaults) {
        updating.withLock { _ in
            let (old, isReload) = state.withLock { ($0.groups, $0.hasBegun) }
            let now = environment.clock.now()
            var left = Dictionary(old.map { ($0.group.key, $0) }) { first, _ in first }
            let new = groups.map { group in
                let before = left.removeValue(forKey: group.key)
                if let before, before.isSame(group, defaults) { return before }
                let runner = RuleGroupRunner(group, defaults, environment, concurrency, stop: stop, isRestored: isReload)
                if let before {
                    before.retire()
                    runner.adopt(before)
                }
                runner.begin(at: now)
                return runner
            }
            let departures = left.values.sorted { precedes($0.group.key, $1.group.key) }.map { Self.depart($0, at: now) }
            state.withLock { state in
                state.groups = new
                state.departures += departures
                state.hasBegun = true
            }
            let keys = Set(new.map(\.group.key))
            environment.transitions?.applied(at: now) { file, group in keys.contains(RuleGroup.key(file: file, name: group)) }
        }
    }

    private static func depart(_ group: RuleGroupRunner, at now: Timestamp) -> Departure {
        group.retire()
        return Departure(
            group: group.group.key, series: group.series, time: now - group.queryOffset, due: now + 2 * group.slots.interval)
    }

    /// When series of a group that is gone are ended next; nil if none are.
    var nextDeparture: Timestamp? { state.withLock { $0.departures.map(\.due).min() } }

    /// The groups that are due, the longest waiting first.
    func dueGroups(at now: Timestamp) -> [RuleGroupRunner] {
        groups.compactMap { group in group.nextSlot.map { (group, $0) } }.filter { $0.1 <= now || $0.1 - now > $0.0.slots.interval }
            .sorted { ($0.1, $0.0.group.key) < ($1.1, $1.0.group.key) }.map(\.0)
    }

    /// Ends the series of groups that have been gone for two intervals.
    func endDepartures(at now: Timestamp) {
        let due = state.withLock { state in
            defer { state.departures.removeAll { $0.due <= now } }
            return state.departures.filter { $0.due <= now }
        }
        for departure in due {
            do {
                _ = try StaleSeries.end(departure.series, at: departure.time, in: environment.storage)
            } catch {
                environment.report(.markersFailed(group: departure.group, error))
            }
        }
    }

    /// Does on this thread all that is due at `now`, which must be the clock's time: one evaluation of each group that is due, the longest waiting
    /// first. For simulations, which have nothing happen at once.
    public func advance(to now: Timestamp) {
        for group in dueGroups(at: now) { group.run(at: now) }
        endDepartures(at: now)
    }

    /// Ends running queries and has no further one begin; evaluations that were under way fail.
    public func cancel() { stop.cancel() }
}
