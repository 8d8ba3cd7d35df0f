import Logging
import Model
import Runtime
import Scraping
import StrictYAML
import Synchronization

/// Reads target files, looks up names and asks other sources again and again, and hands on what has changed, section by section of the configuration.
///
/// Files, names and sources are known by their configuration: what several sections name is read once, and a reload forgets nothing that stays.
final class DiscoveryLoop: Sendable {
    /// Takes what was found for a section; returns what of it cannot be used, in words.
    typealias Receiver = @Sendable (_ groups: [TargetGroup], _ section: String) -> [String]

    /// Reading small files is cheap, so changes are seen soon after they are made.
    private static let period = Duration.seconds(2)
    /// Milliseconds; whoever asks for a longer one means never again.
    private static let longestInterval: Int64 = 366 * 86_400_000

    private struct State {
        /// In the order of the configuration.
        var sections: [(name: String, discovery: DiscoverySection)] = []
        var files: [FileDiscoveryConfiguration: KnownFiles] = [:]
        var names: [DNSDiscoveryConfiguration: KnownNames] = [:]
        var polled: [PolledConfiguration: KnownSource] = [:]
        /// How many targets were found for each section.
        var counts: [String: Int] = [:]
    }

    private struct KnownFiles {
        var discovery: FileDiscovery
        /// What was already complained about, so that a broken file is not logged at each reading.
        var problems: [String] = []
    }

    private struct KnownNames {
        var discovery: DNSDiscovery
        /// When names are looked up next, monotonic nanoseconds.
        var due: Int64 = .min
        /// Lookups that are under way.
        var running = 0
        var problems: [Int: String] = [:]
    }

    private struct KnownSource {
        var groups: [TargetGroup] = []
        /// When it is asked next, monotonic nanoseconds.
        var due: Int64 = .min
        /// The asking that is under way.
        var asking: Task<Void, Never>?
        var problem: String?
    }

    private let receiver: Receiver
    private let lookups: NameLookups
    private let polls: DiscoveryPolls
    private let clock: any Clock
    private let logger: Logger
    private let state = Mutex(State())

    init(_ lookups: NameLookups, _ polls: DiscoveryPolls, _ clock: any Clock, _ logger: Logger, receiver: @escaping Receiver) {
        self.receiver = receiver
        self.lookups = lookups
        self.polls = polls
        self.clock = clock
        self.logger = logger
    }

    /// Takes over a configuration's sections and reads their files at once; the answers of name servers and other sources come when they come.
    ///
    /// - Parameter prepare: called when nothing more is handed on for the sections before, and nothing yet for these.
    func apply(_ sections: [(name: String, discovery: DiscoverySection)], after prepare: () -> Void = {}) {
        state.withLock { state in
            prepare()
            state.sections = sections
            let (files, names) = (sections.flatMap(\.discovery.fileDiscovery), sections.flatMap(\.discovery.dnsDiscovery))
            state.files = Dictionary(
                files.map { ($0, state.files[$0] ?? KnownFiles(discovery: FileDiscovery($0))) }, uniquingKeysWith: { first, _ in first })
            state.names = Dictionary(
                names.map { ($0, state.names[$0] ?? KnownNames(discovery: DNSDiscovery($0))) }, uniquingKeysWith: { first, _ in first })
            keepSources(Set(sections.flatMap(\.discovery.polled)), &state)
            state.counts = [:]
            _ = readFiles(&state)
            for section in sections { hand(on: section, &state) }
            lookUpDue(&state)
            askDue(&state)
        }
    }

    /// Refreshes until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: pause())
            refresh()
        }
        state.withLock { state in keepSources([], &state) }
    }

    /// Sources may want to be asked more often than files are read.
    private func pause() -> Duration {
        let shortest = state.withLock { $0.polled.keys.map(\.refreshInterval).min() }
        return min(Self.period, .milliseconds(max(100, shortest ?? .max)))
    }

    /// Tells how many targets each section has, whether they will be used or not.
    func register(_ registry: MetricsRegistry, as name: String, prefix: String = "") {
        registry.callback("prometheus_sd_discovered_targets", .gauge, help: "Targets that were found, before relabelling.") { [weak self] in
            (self?.targetCounts() ?? []).map { section, count in
                MetricPoint(Double(count), labels: [MetricLabel("config", prefix + section), MetricLabel("name", name)])
            }
        }
    }

    private func targetCounts() -> [(section: String, count: Int)] {
        state.withLock { state in state.sections.map { ($0.name, state.counts[$0.name] ?? 0) } }
    }

    /// Reads the files, and begins to look up the names and to ask the sources whose turn it is.
    func refresh() {
        state.withLock { state in
            let changed = readFiles(&state)
            for section in state.sections where !changed.isDisjoint(with: section.discovery.fileDiscovery) { hand(on: section, &state) }
            lookUpDue(&state)
            askDue(&state)
        }
    }

    private func hand(on section: (name: String, discovery: DiscoverySection), _ state: inout State) {
        let groups =
            section.discovery.fileDiscovery.flatMap { state.files[$0]?.discovery.groups ?? [] }
            + section.discovery.dnsDiscovery.flatMap { state.names[$0]?.discovery.groups ?? [] }
            + section.discovery.polled.flatMap { state.polled[$0]?.groups ?? [] }
        state.counts[section.name] = (section.discovery.staticGroups + groups).reduce(0) { $0 + $1.targets.count }
        for problem in receiver(groups, section.name) {
            logger.error("targets cannot be used", metadata: ["section": "\(section.name)", "problem": "\(problem)"])
        }
    }

    // MARK: Files

    private func readFiles(_ state: inout State) -> Set<FileDiscoveryConfiguration> {
        var changed: Set<FileDiscoveryConfiguration> = []
        for key in state.files.keys {
            guard var known = state.files[key] else { continue }
            let outcome = known.discovery.refresh(.disk)
            if outcome.changed { changed.insert(key) }
            for problem in outcome.problems where !known.problems.contains(problem) {
                logger.error("a target file cannot be used", metadata: ["problem": "\(problem)"])
            }
            known.problems = outcome.problems
            state.files[key] = known
        }
        return changed
    }

    // MARK: Names

    private func lookUpDue(_ state: inout State) {
        let now = clock.monotonic()
        for (key, known) in state.names where known.running == 0 && known.due <= now {
            state.names[key]?.running = key.names.count
            state.names[key]?.due = now + key.refreshInterval * 1_000_000
            for (position, name) in key.names.enumerated() {
                lookups.lookUp(name, key.type) { [self] outcome in take(outcome, at: position, of: key) }
            }
        }
    }

    private func take(_ outcome: Result<[DNSRecord], DNSError>, at position: Int, of key: DNSDiscoveryConfiguration) {
        state.withLock { state in
            // Nil if a reload has taken the names away in the meantime.
            guard var known = state.names[key] else { return }
            known.running = max(0, known.running - 1)
            var isChanged = false
            switch outcome {
            case .success(let records):
                isChanged = known.discovery.take(records, at: position)
                known.problems[position] = nil
            case .failure(let error):
                if known.problems.updateValue(error.description, forKey: position) != error.description {
                    logger.error("a name cannot be looked up; its targets stay as they were", metadata: ["problem": "\(error)"])
                }
            }
            state.names[key] = known
            guard isChanged else { return }
            for section in state.sections where section.discovery.dnsDiscovery.contains(key) { hand(on: section, &state) }
        }
    }

    // MARK: Other sources

    private func keepSources(_ wanted: Set<PolledConfiguration>, _ state: inout State) {
        for (source, known) in state.polled where !wanted.contains(source) { known.asking?.cancel() }
        let known = state.polled
        state.polled = Dictionary(uniqueKeysWithValues: wanted.map { ($0, known[$0] ?? KnownSource()) })
    }

    private func askDue(_ state: inout State) {
        let now = clock.monotonic()
        for (source, known) in state.polled where known.asking == nil && known.due <= now {
            state.polled[source]?.due = now + min(source.refreshInterval, Self.longestInterval) * 1_000_000
            state.polled[source]?.asking = polls.ask(source) { [self] outcome in take(outcome, of: source) }
        }
    }

    private func take(_ outcome: Result<[TargetGroup], DiscoveryError>, of source: PolledConfiguration) {
        state.withLock { state in
            // Nil if a reload has taken the source away in the meantime.
            guard var known = state.polled[source] else { return }
            known.asking = nil
            var isChanged = false
            switch outcome {
            case .success(let groups):
                isChanged = known.groups != groups
                known.groups = groups
                known.problem = nil
            case .failure(let error):
                if known.problem != error.description {
                    logger.error(
                        "a source of targets cannot be used; its targets stay as they were",
                        metadata: ["mechanism": "\(source.mechanism)", "problem": "\(error)"])
                }
                known.problem = error.description
            }
            state.polled[source] = known
            guard isChanged else { return }
            for section in state.sections where section.discovery.polled.contains(source) { hand(on: section, &state) }
        }
    }
}
