import Model
import StrictYAML

/// A node of the routing tree as it is written; what it does not say it has from its parent.
public struct RouteConfiguration: Sendable {
    public enum Grouping: Sendable, Hashable {
        /// By the values of these labels; by none: all alerts are one group.
        case labels([String])
        /// `...`: every alert is a group of its own.
        case all
    }

    public var receiver: String?
    public var groupBy: Grouping?
    /// In the order in which they are part of the keys of groups.
    public var matchers: [AlertMatcher] = []
    public var continues = false
    /// Milliseconds.
    public var groupWait: Int64?
    public var groupInterval: Int64?
    public var repeatInterval: Int64?
    public var muteTimeIntervals: [String] = []
    public var activeTimeIntervals: [String] = []
    public var routes: [RouteConfiguration] = []
    /// The time of day at which groups are told of, in place of waits and intervals; only the built-in route has one.
    public var digest: DailyTime?
    /// How long after its receiver was told of another group a group is told of, milliseconds; only the built-in route has that.
    public var pause: Int64?

    public init(receiver: String? = nil) { self.receiver = receiver }
}

extension RouteConfiguration {
    private static let keys = [
        "receiver", "group_by", "match", "match_re", "matchers", "continue", "group_wait", "group_interval", "repeat_interval",
        "mute_time_intervals", "active_time_intervals", "routes",
    ]

    init(_ value: YAMLValue, names: RouteNames) throws(YAMLError) {
        let map = try value.mapping(keys: Self.keys)
        receiver = try map.givenText("receiver")
        if let receiver, !names.receivers.contains(where: { sameBytes($0, receiver) }) {
            throw map.error(at: "receiver", "there is no receiver \(quoted(receiver))")
        }
        groupBy = try map.given("group_by").map { value throws(YAMLError) in try Self.grouping(value) } ?? nil
        matchers = try MatcherReading.matchers(map, match: "match", expressions: "match_re", matchers: "matchers")
        matchers.sort(by: AlertMatcher.precedes)
        continues = try map.bool("continue") ?? false
        groupWait = try map.duration("group_wait")
        groupInterval = try Self.positive(map, "group_interval")
        repeatInterval = try Self.positive(map, "repeat_interval")
        muteTimeIntervals = try Self.intervals(map, "mute_time_intervals", names)
        activeTimeIntervals = try Self.intervals(map, "active_time_intervals", names)
        for child in try map.list("routes") { routes.append(try RouteConfiguration(child, names: names)) }
    }

    /// Nil for an empty list, which says nothing.
    private static func grouping(_ value: YAMLValue) throws(YAMLError) -> Grouping? {
        var labels: [String] = []
        var isAll = false
        for item in try value.list() {
            let name = try item.string()
            if name == "..." {
                isAll = true
            } else if name.isEmpty {
                throw item.error("a label's name must not be empty")
            } else if labels.contains(where: { sameBytes($0, name) }) {
                throw item.error("the label \(quoted(name)) is given twice")
            } else {
                labels.append(name)
            }
        }
        if isAll, !labels.isEmpty { throw value.error("... stands for all labels; there must be no other beside it") }
        return isAll ? .all : labels.isEmpty ? nil : .labels(labels)
    }

    private static func positive(_ map: YAMLMapping, _ key: String) throws(YAMLError) -> Int64? {
        let duration = try map.duration(key)
        if duration == 0 { throw map.error(at: key, "\(key) must not be zero") }
        return duration
    }

    private static func intervals(_ map: YAMLMapping, _ key: String, _ names: RouteNames) throws(YAMLError) -> [String] {
        var all: [String] = []
        for item in try map.list(key) {
            let name = try item.string()
            guard names.intervals.contains(where: { sameBytes($0, name) }) else { throw item.error("there is no time interval \(quoted(name))") }
            all.append(name)
        }
        return all
    }

    /// Checks what holds for the root alone.
    func checkRoot(_ value: YAMLValue) throws(YAMLError) {
        if receiver == nil { throw value.error("the root route must name a receiver") }
        if continues { throw value.error("continue is not possible in the root route: there is nothing to continue to") }
        if !matchers.isEmpty { throw value.error("the root route must not have matchers: it is for all alerts that no other route takes") }
        if !muteTimeIntervals.isEmpty || !activeTimeIntervals.isEmpty {
            throw value.error("the root route must not have time intervals; give them to a route below it")
        }
    }
}

/// The names a route can refer to.
struct RouteNames {
    var receivers: [String]
    var intervals: [String]
}

/// Reads conditions in their three notations: label to value, label to expression, and texts.
enum MatcherReading {
    static func matchers(
        _ map: YAMLMapping, match: String, expressions: String, matchers: String
    ) throws(YAMLError) -> [AlertMatcher] {
        var all: [AlertMatcher] = []
        if let value = map.given(match) {
            for (name, place, content) in try value.entries() {
                try check(name, place, value)
                all.append(AlertMatcher(name: name, equals: try content.string()))
            }
        }
        if let value = map.given(expressions) {
            for (name, place, content) in try value.entries() {
                try check(name, place, value)
                if content.isNull { throw content.error("an expression is missing for \(quoted(name))") }
                let text = try content.string()
                // Alertmanager keeps these with their anchors, which shows in the keys of groups.
                all.append(
                    try at(content) { () throws(MatcherError) in
                        _ = try AlertMatcher(.matches, name, text)
                        return try AlertMatcher(.matches, name, "^(?:" + text + ")$")
                    })
            }
        }
        for item in try map.list(matchers) {
            let text = try item.string()
            all += try at(item) { () throws(MatcherError) in try MatcherSyntax.matchers(text) }
        }
        return all
    }

    private static func check(_ name: String, _ place: YAMLPlace, _ value: YAMLValue) throws(YAMLError) {
        guard LabelNames.isLegacyLabelName(name) else {
            throw YAMLError(place, "\(value.path): \(quoted(name)) is not a valid label name here; use matchers")
        }
    }

    private static func at<Result>(_ value: YAMLValue, _ body: () throws(MatcherError) -> Result) throws(YAMLError) -> Result {
        do throws(MatcherError) {
            return try body()
        } catch {
            throw value.error(error.description)
        }
    }
}
