import Logging
import Model
import Runtime
import Scraping
import StrictYAML
import Synchronization

/// Reads target files and looks up names again and again, and hands on what has changed, section by section of the configuration.
///
/// Files and names are known by their configuration: what several sections name is read once, and a reload forgets nothing that stays.
final class DiscoveryLoop: Sendable {
    /// Takes what was found for a section; returns what of it cannot be used, in words.
    typealias Receiver = @Sendable (_ groups: [TargetGroup], _ section: String) -> [String]

    /// Reading small files is cheap, so changes are seen soon after they are made.
    private static let period = Duration.seconds(2)

    private struct State {
        /// In the order of the configuration.
        var sections: [(name: String, discovery: DiscoverySection)] = []
        var files: [FileDiscoveryConfiguration: KnownFiles] = [:]
        var names: [DNSDiscoveryConfiguration: KnownNames] = [:]
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

    private let receiver: Receiver
    private let lookups: NameLookups
    private let clock: any Clock
    private let logger: Logger
    private let state = Mutex(State())

    init(_ lookups: NameLookups, _ clock: any Clock, _ logger: Logger, receiver: @escaping Receiver) {
        self.receiver = receiver
        self.lookups = lookups
        self.clock = clock
        self.logger = logger
    }

    /// Takes over a configuration's sections and reads their files at once; the answers of name servers come when they come.
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
            _ = readFiles(&state)
            for section in sections { hand(on: section, state) }
            lookUpDue(&state)
        }
    }

    /// Refreshes until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.period)
            refresh()
        }
    }

    /// Reads the files, and begins to look up the names whose turn it is.
    func refresh() {
        state.withLock { state in
            let changed = readFiles(&state)
            for section in state.sections where !changed.isDisjoint(with: section.discovery.fileDiscovery) { hand(on: section, state) }
            lookUpDue(&state)
        }
    }

    private func hand(on section: (name: String, discovery: DiscoverySection), _ state: State) {
        let groups =
            section.discovery.fileDiscovery.flatMap { state.files[$0]?.discovery.groups ?? [] }
            + section.discovery.dnsDiscovery.flatMap { state.names[$0]?.discovery.groups ?? [] }
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
            for section in state.sections where section.discovery.dnsDiscovery.contains(key) { hand(on: section, state) }
        }
    }
}
