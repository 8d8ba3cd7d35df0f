public import Model

/// What a while of alerts says about their rules: which make noise, which never did anything, which come and go.
public struct AlertReview: Sendable {
    /// An alerting rule that is in force.
    public struct Rule: Sendable, Hashable {
        public var group: String
        public var name: String
        public var hasRunbook: Bool

        public init(group: String, name: String, hasRunbook: Bool) {
            self.group = group
            self.name = name
            self.hasRunbook = hasRunbook
        }
    }

    /// What one rule's alerts did.
    public struct Activity: Sendable, Hashable {
        public let group: String
        public let name: String
        /// How often an alert began to fire.
        public internal(set) var firings = 0
        /// Of how many label sets.
        public internal(set) var alerts = 0
        /// How often one fired again within ten minutes of its end.
        public internal(set) var returns = 0
        /// Milliseconds from the beginning to the end of each firing that has ended.
        public internal(set) var durations: [Int64] = []

        /// Milliseconds; nil if none has ended.
        public var medianDuration: Int64? { durations.isEmpty ? nil : durations.sorted()[(durations.count - 1) / 2] }
        public var longestDuration: Int64? { durations.max() }
    }

    /// An alert that fires again so soon has never really ended.
    public static let returnTime: Int64 = 10 * 60_000

    /// The noisiest first.
    public let activities: [Activity]
    /// In the order of the rules.
    public let neverFired: [Rule]
    public let withoutRunbook: [Rule]

    /// Those that come and go, the worst first.
    public var flapping: [Activity] {
        activities.filter { $0.returns > 0 }.sorted { ($1.returns, $0.name) < ($0.returns, $1.name) }
    }

    /// - Parameter transitions: the oldest first.
    public init(_ transitions: [TransitionRecord], rules: [Rule]) {
        var tally = Tally()
        for transition in transitions { tally.take(transition) }
        activities = tally.activities.values.sorted { ($1.firings, $0.name, $0.group) < ($0.firings, $1.name, $1.group) }
        let fired = Set(activities.filter { $0.firings > 0 }.map { [$0.group, $0.name] })
        neverFired = rules.filter { !fired.contains([$0.group, $0.name]) }
        withoutRunbook = rules.filter { !$0.hasRunbook }
    }

    private struct Tally {
        var activities: [[String]: Activity] = [:]
        private var firingSince: [AlertIdentity: Timestamp] = [:]
        private var ended: [AlertIdentity: Timestamp] = [:]
        private var known: Set<AlertIdentity> = []

        mutating func take(_ transition: TransitionRecord) {
            let identity = AlertIdentity(transition)
            let key = [transition.group, transition.labels["alertname"] ?? ""]
            if transition.to == .firing {
                activities[key, default: Activity(group: key[0], name: key[1])].firings += 1
                if known.insert(identity).inserted { activities[key]?.alerts += 1 }
                if let end = ended[identity], transition.time.earlier(by: end) <= AlertReview.returnTime { activities[key]?.returns += 1 }
                firingSince[identity] = transition.time
            } else if transition.from == .firing, let since = firingSince.removeValue(forKey: identity) {
                activities[key]?.durations.append(transition.time.earlier(by: since))
                ended[identity] = transition.time
            }
        }
    }
}
