public import Model
public import Rules

/// What the API shows of the rest of the server, as plain values. All of it may be asked for from any thread, at any time.
public protocol ServerState: Sendable {
    /// Whether replay is over and queries make sense.
    var isReady: Bool { get }

    func targets() -> TargetsReport
    /// Names of all scrape pools.
    func scrapePools() -> [String]
    /// The configuration in force of one pool, as YAML, without secrets; nil if there is no such pool.
    func configuration(ofPool name: String) -> String?
    /// What each relabelling rule of a pool makes of labels, as discovery gives them; nil if there is no such pool.
    func relabelSteps(of labels: Labels, inPool name: String) -> [RelabelStepReport]?
    /// Type, help and unit of metrics, as targets have told them.
    func metadata() -> [MetadataReport]
    func alertmanagers() -> AlertmanagersReport
    /// All groups of rules, with their alerts.
    func rules() -> [RuleGroupReport]
    /// Nil where there is none yet.
    var notifier: (any NotifierDesk)? { get }
    /// The configuration in force, as YAML, without secrets.
    func configuration() -> String
    /// The labels that the configuration in force gives to what other servers get from this one.
    func externalLabels() -> Labels
    func flags() -> [String: String]
    func build() -> BuildReport
    func runtime() -> RuntimeReport
    /// - Parameter limit: how many entries the rankings may have.
    func tsdb(limit: Int) throws -> TSDBReport

    /// Reads the configuration anew; throws, with a clear description, what is wrong with it.
    func reload() async throws
    /// Begins an orderly end of the server and returns at once.
    func quit()
}

extension ServerState {
    public func alertmanagers() -> AlertmanagersReport { AlertmanagersReport() }
    public func rules() -> [RuleGroupReport] { [] }
    public var notifier: (any NotifierDesk)? { nil }
    public func externalLabels() -> Labels { .empty }
    public func configuration(ofPool name: String) -> String? { nil }
    public func relabelSteps(of labels: Labels, inPool name: String) -> [RelabelStepReport]? { nil }
}

/// Alertmanagers that notifications go to, by their URL.
public struct AlertmanagersReport: Sendable {
    public var active: [String] = []
    public var dropped: [String] = []

    public init() {}
}
