public import ClientConfiguration
public import Model
public import Notifier
public import Runtime
import Synchronization

/// Calls an outside address.
public protocol HeartbeatCalling: Sendable {
    /// Throws, without a word of the address, unless the answer is a success.
    func call(_ address: Secret) async throws
}

/// Calls an outside address again and again, so that somebody there notices if it stops: only while everything in here goes on. What watches
/// the world must itself be watched from outside.
public final class Heartbeat: Sendable {
    private struct State {
        var settings: HeartbeatSettings?
        var watch = ProgressWatch(interval: 0)
        var standing: [PartProgress.Part] = []
        var task: Task<Void, Never>?
    }

    private let caller: any HeartbeatCalling
    private let clock: any Clock
    private let progress: @Sendable () -> PartProgress
    private let report: @Sendable (HeartbeatEvent) -> Void
    private let state = Mutex(State())
    private let beats: Counter
    private let failures: Counter
    private let withheld: Counter

    /// - Parameter progress: called at every beat.
    public init(
        _ caller: any HeartbeatCalling, _ clock: any Clock, _ registry: MetricsRegistry, progress: @escaping @Sendable () -> PartProgress,
        report: @escaping @Sendable (HeartbeatEvent) -> Void = { _ in }
    ) {
        self.caller = caller
        self.clock = clock
        self.progress = progress
        self.report = report
        func counter(_ name: String, _ help: String) -> Counter { registry.counter("martlet_notifier_heartbeats_" + name, help: help) }
        beats = counter("total", "Calls of the heartbeat's address that went well.")
        failures = counter("failed_total", "Calls of the heartbeat's address that failed.")
        withheld = counter("withheld_total", "Heartbeats that were left out because a part of the server stood still.")
    }

    /// Beats as a configuration says from now on; nil: not at all.
    public func apply(_ settings: HeartbeatSettings?) {
        state.withLock { state in
            guard state.settings != settings else { return }
            use(settings, &state)
            state.task?.cancel()
            state.task = settings.map { settings in
                Task { [weak self] in
                    while !Task.isCancelled {
                        await self?.beat()
                        try? await Task.sleep(for: .milliseconds(settings.interval))
                    }
                }
            }
        }
    }

    /// As `apply`, without a task that beats.
    func use(_ settings: HeartbeatSettings?) { state.withLock { use(settings, &$0) } }

    private func use(_ settings: HeartbeatSettings?, _ state: inout State) {
        state.settings = settings
        state.watch = ProgressWatch(interval: settings?.interval ?? 0)
        state.standing = []
    }

    public func stop() { apply(nil) }

    /// One beat, if all goes on.
    func beat() async {
        let progress = progress()
        let now = clock.monotonic() / 1_000_000
        guard let settings = state.withLock({ $0.settings }), look(progress, at: now) else { return }
        do {
            try await caller.call(settings.address)
            beats.increment()
        } catch {
            failures.increment()
            report(.failed("\(error)"))
        }
    }

    private func look(_ progress: PartProgress, at now: Int64) -> Bool {
        let (standing, isNews) = state.withLock { state in
            let standing = state.watch.standing(progress, at: now)
            defer { state.standing = standing }
            return (standing, standing != state.standing)
        }
        if isNews { report(standing.isEmpty ? .resumed : .withheld(standing)) }
        if !standing.isEmpty { withheld.increment() }
        return standing.isEmpty
    }
}

/// What is to be logged of the heartbeat.
public enum HeartbeatEvent: Sendable, CustomStringConvertible {
    case failed(String)
    case withheld([PartProgress.Part])
    case resumed

    public var isProblem: Bool {
        switch self {
        case .failed, .withheld: true
        case .resumed: false
        }
    }

    public var description: String {
        switch self {
        case .failed(let reason): "the heartbeat's address could not be called: \(reason)"
        case .withheld(let parts): "no heartbeat: \(parts.map(\.rawValue).joined(separator: ", ")) stand still, or have not begun"
        case .resumed: "the heart beats again"
        }
    }
}
