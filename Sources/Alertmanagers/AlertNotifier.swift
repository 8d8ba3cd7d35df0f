public import Model
public import Rules
public import Runtime
public import Scraping
import Synchronization

/// Sends alerts to every alertmanager that discovery finds. Safe from any thread; nothing here waits for a receiver but ``shutDown(within:drains:)``.
public final class AlertNotifier: AlertSink {
    /// What a configuration says about sending.
    public struct Plan: Sendable, Equatable {
        /// Added to alerts that do not have them.
        public var externalLabels: Labels
        /// Applied to all alerts.
        public var alertRelabelling: [RelabelRule]
        public var alertmanagers: [AlertmanagerConfiguration]

        public init(externalLabels: Labels = .empty, alertRelabelling: [RelabelRule] = [], alertmanagers: [AlertmanagerConfiguration] = []) {
            self.externalLabels = externalLabels
            self.alertRelabelling = alertRelabelling
            self.alertmanagers = alertmanagers
        }
    }

    /// An entry with its receivers.
    private struct Receivers {
        let entry: AlertmanagerConfiguration
        var discovered: [TargetGroup] = []
        var queues: [AlertQueue] = []
        var dropped: [String] = []
    }

    private struct State {
        var plan = Plan()
        var entries: [Receivers] = []
        /// Of receivers that are gone, until they are empty.
        var leaving: [AlertQueue] = []
        var isShutDown = false
    }

    private let settings: NotifierSettings
    private let state = Mutex(State())

    /// Registers the metrics.
    public init(_ settings: NotifierSettings, _ registry: MetricsRegistry = MetricsRegistry()) {
        self.settings = settings
        register(registry)
    }

    // MARK: Configuration

    /// Puts a plan into force. An entry that is as before keeps its receivers with their queues. Returns which addresses cannot be used, in words.
    @discardableResult
    public func apply(_ plan: Plan) -> [String] {
        state.withLock { state in
            var old = state.entries
            state.plan = plan
            var problems: [String] = []
            state.entries = plan.alertmanagers.map { entry in
                let known = old.firstIndex { $0.entry == entry }.map { old.remove(at: $0) }
                var receivers = known ?? Receivers(entry: entry)
                problems += sync(&receivers, &state.leaving)
                return receivers
            }
            for receivers in old { retire(receivers.queues, &state.leaving) }
            return problems
        }
    }

    /// Replaces what discovery has found for an entry, by its position in the plan; its static addresses stay. Returns as ``apply(_:)`` does.
    @discardableResult
    public func discovered(_ groups: [TargetGroup], entry position: Int) -> [String] {
        state.withLock { state in
            guard state.entries.indices.contains(position) else { return [] }
            state.entries[position].discovered = groups
            return sync(&state.entries[position], &state.leaving)
        }
    }

    private func sync(_ receivers: inout Receivers, _ leaving: inout [AlertQueue]) -> [String] {
        let entry = receivers.entry
        let endpoints = AlertmanagerEndpoints(entry.discovery.staticGroups + receivers.discovered, of: entry)
        var old = receivers.queues
        receivers.queues = endpoints.active.map { url in
            old.firstIndex { sameBytes($0.url, url) }.map { old.remove(at: $0) } ?? AlertQueue(url, entry, settings)
        }
        receivers.dropped = endpoints.dropped
        retire(old, &leaving)
        return endpoints.problems
    }

    private func retire(_ queues: [AlertQueue], _ leaving: inout [AlertQueue]) {
        for queue in queues { queue.close() }
        leaving = (leaving + queues).filter { !$0.isIdle }
    }

    // MARK: Sending

    /// A receiver that a reload takes away meanwhile is told nothing more.
    public func send(_ alerts: [SentAlert]) {
        let (plan, entries) = state.withLock { ($0.plan, $0.isShutDown ? [] : $0.entries.filter { !$0.queues.isEmpty }) }
        guard !entries.isEmpty else { return }
        let outgoing = alerts.compactMap { OutgoingAlert($0, external: plan.externalLabels, relabelling: plan.alertRelabelling) }
        var plain: [[UInt8]]?
        for receivers in entries {
            let rules = receivers.entry.alertRelabelling
            let encoded = rules.isEmpty ? plain ?? encode(outgoing) : encode(outgoing.compactMap { $0.relabelled(by: rules) })
            if rules.isEmpty { plain = encoded }
            for queue in receivers.queues { queue.add(encoded) }
        }
    }

    private func encode(_ alerts: [OutgoingAlert]) -> [[UInt8]] { alerts.map { $0.encoded(externalURL: settings.externalURL) } }

    /// Returns when nothing waits or is being sent.
    public func drained() async {
        for queue in allQueues { await queue.drained() }
    }

    /// Takes no more alerts, and gives up what could not be sent in time.
    ///
    /// - Parameters:
    ///   - nanoseconds: how long what waits is still sent.
    ///   - drains: whether it is at all.
    public func shutDown(within nanoseconds: UInt64, drains: Bool = true) async {
        state.withLock { $0.isShutDown = true }
        let queues = allQueues
        for queue in queues { queue.close() }
        if drains {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for queue in queues { await queue.drained() } }
                group.addTask {
                    try? await Task.sleep(nanoseconds: nanoseconds)
                    for queue in queues { queue.giveUp() }
                }
                await group.next()
                group.cancelAll()
            }
        }
        for queue in queues { queue.giveUp() }
        await drained()
    }

    // MARK: For the API

    private var allQueues: [AlertQueue] { state.withLock { $0.entries.flatMap(\.queues) + $0.leaving } }
    /// Those of receivers that are there.
    var queues: [AlertQueue] { state.withLock { $0.entries.flatMap(\.queues) } }
    var capacity: Int { settings.queueCapacity }
    var now: Int64 { settings.clock.monotonic() }

    /// The receivers' addresses, and those that relabelling has dropped.
    public var alertmanagers: (active: [String], dropped: [String]) {
        state.withLock { ($0.entries.flatMap(\.queues).map(\.url), $0.entries.flatMap(\.dropped)) }
    }
}
