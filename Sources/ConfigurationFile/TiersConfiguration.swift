public import Model
import PromQL
import StrictYAML
public import TSDB

/// The block `storage.tiers`: how long each tier keeps what it has. What it says of raw samples is part of `StorageConfiguration.Retention`.
public struct TiersConfiguration: Sendable, Equatable {
    /// In milliseconds, as all of these; 0: for good.
    public var fiveMinutes: Int64 = 30 * 86_400_000
    public var hour: Int64 = 365 * 86_400_000
    /// Of several that match a series the first counts.
    public var rules: [Rule] = []

    /// How long some series are kept. What is nil is as for all others.
    public struct Rule: Sendable, Equatable {
        /// As it is written in the file.
        public var match: String
        public var matchers: [Matcher]
        /// In every tier at most.
        public var keep: Int64?
        public var raw: Int64?
        public var fiveMinutes: Int64?
        public var hour: Int64?

        public init(
            match: String, matchers: [Matcher], keep: Int64? = nil, raw: Int64? = nil, fiveMinutes: Int64? = nil, hour: Int64? = nil
        ) {
            self.match = match
            self.matchers = matchers
            self.keep = keep
            self.raw = raw
            self.fiveMinutes = fiveMinutes
            self.hour = hour
        }
    }

    public init() {}
}

extension TiersConfiguration {
    /// - Parameter raw: what the block says of raw samples is put there.
    init(_ value: YAMLValue, raw: inout Int64?) throws(YAMLError) {
        let map = try value.mapping(keys: ["raw", "5m", "1h", "rules"])
        if let given = try map.duration("raw") {
            if let said = raw, said != given {
                let both = "\(PromDuration.format(given)) here and \(PromDuration.format(said)) in storage.tsdb.retention.time"
                throw map.error(at: "raw", "raw samples are to be kept for \(both); say it once")
            }
            raw = given
        }
        fiveMinutes = try map.duration("5m") ?? fiveMinutes
        hour = try map.duration("1h") ?? hour
        Self.warn(map, raw: raw, fiveMinutes, hour)
        try readRules(try map.list("rules"))
    }

    /// A coarser tier that is kept no longer than a finer one never answers by itself.
    private static func warn(_ map: YAMLMapping, raw: Int64?, _ fiveMinutes: Int64, _ hour: Int64) {
        let samples = (name: raw == nil ? "raw by default" : "raw", time: raw ?? Retention.usual.time ?? 0)
        let tiers = [(name: "5m", time: fiveMinutes), (name: "1h", time: hour)]
        for (finer, coarser) in zip([samples] + tiers, tiers) where coarser.time > 0 && (finer.time == 0 || coarser.time < finer.time) {
            let long = finer.time == 0 ? "for good" : PromDuration.format(finer.time)
            (map.given(coarser.name) ?? map.value).warn(
                "the tier \(coarser.name) is kept for \(PromDuration.format(coarser.time)), not as long as \(finer.name) (\(long)): "
                    + "it hardly ever answers")
        }
    }

    private mutating func readRules(_ list: [YAMLValue]) throws(YAMLError) {
        var places: [Set<Matcher>: YAMLPlace] = [:]
        for value in list {
            let rule = try Rule(value)
            if let first = places.updateValue(value.place, forKey: Set(rule.matchers)) {
                throw value.error("there is a rule for the same series already, at \(first); the first would count")
            }
            rules.append(rule)
        }
    }
}

extension TiersConfiguration.Rule {
    fileprivate init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: ["match", "keep", "raw", "5m", "1h"])
        guard let selector = map.given("match") else { throw value.error("a rule needs match, a selector such as '{job=\"debug\"}'") }
        let text = try selector.string()
        do {
            self.init(match: text, matchers: try PromQLParser.parseSeriesSelector(text))
        } catch {
            throw selector.error("\(quoted(text)) is no series selector: \(error)")
        }
        keep = try Self.duration(map, "keep")
        raw = try Self.duration(map, "raw")
        fiveMinutes = try Self.duration(map, "5m")
        hour = try Self.duration(map, "1h")
        if [keep, raw, fiveMinutes, hour].allSatisfy({ $0 == nil }) {
            throw value.error("a rule needs a duration: keep for all tiers, or raw, 5m or 1h")
        }
        for (tier, duration) in [("raw", raw), ("5m", fiveMinutes), ("1h", hour)] {
            guard let duration, let keep, duration > keep else { continue }
            throw map.error(
                at: tier, "\(PromDuration.format(duration)) is longer than keep (\(PromDuration.format(keep))), which holds for every tier")
        }
    }

    private static func duration(_ map: YAMLMapping, _ key: String) throws(YAMLError) -> Int64? {
        guard let duration = try map.duration(key) else { return nil }
        guard duration > 0 else { throw map.error(at: key, "\(key) must be above 0; for good is said with a duration such as 100y") }
        return duration
    }
}

extension TiersConfiguration {
    /// What the database is told. What a rule says of all tiers shortens each of them, and lengthens none.
    /// - Parameter raw: how long raw samples are kept; nil or 0: for good.
    public func policy(raw: Int64?) -> TierPolicy {
        var policy = TierPolicy()
        policy.fiveMinutes = fiveMinutes > 0 ? fiveMinutes : nil
        policy.hour = hour > 0 ? hour : nil
        let raw = raw.flatMap { $0 > 0 ? $0 : nil }
        policy.rules = rules.map { rule in
            RetentionRule(
                matchers: rule.matchers, raw: rule.limit(rule.raw, others: raw),
                fiveMinutes: rule.limit(rule.fiveMinutes, others: policy.fiveMinutes), hour: rule.limit(rule.hour, others: policy.hour))
        }
        return policy
    }
}

extension TiersConfiguration.Rule {
    /// - Parameter others: how long series without a rule are kept; nil: for good.
    fileprivate func limit(_ own: Int64?, others: Int64?) -> Int64? {
        if let own { return own }
        guard let keep, keep < others ?? .max else { return nil }
        return keep
    }
}

extension TiersConfiguration {
    /// As it stands in a configuration file, without what is said of raw samples.
    var output: YAMLOutput {
        var map = MappingOutput()
        map.duration("5m", fiveMinutes)
        map.duration("1h", hour)
        map.list(
            "rules",
            rules.map { rule in
                var map = MappingOutput()
                map.text("match", rule.match)
                for (key, duration) in [("keep", rule.keep), ("raw", rule.raw), ("5m", rule.fiveMinutes), ("1h", rule.hour)] {
                    if let duration { map.duration(key, duration) }
                }
                return map.output
            })
        return map.output
    }
}
