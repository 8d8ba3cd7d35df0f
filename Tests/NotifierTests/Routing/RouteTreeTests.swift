import Glibc
import Model
import TestKit
import Testing

@testable import Notifier

@Suite("Routing")
struct RouteTreeTests {
    private static func tree(_ text: String) throws -> RouteTree {
        RouteTree(try NotifierConfiguration.read(Array(text.utf8), file: "am.yml", zones: .none).route)
    }

    private static func labels(_ pairs: [(String, String)]) -> Labels { Labels(pairs.map { (name: $0.0, value: $0.1) }) }

    private static let example = """
        route:
          receiver: root
          group_by: [alertname]
          routes:
          - receiver: db
            matchers: ['team="db"']
            continue: true
            group_wait: 10s
            routes: [{receiver: page, matchers: [severity=critical], group_by: ['...']}]
          - {receiver: audit, match_re: {severity: critical|warning}, repeat_interval: 1d}
          - {receiver: never, matchers: [severity=critical]}
        receivers: [{name: root}, {name: db}, {name: page}, {name: audit}, {name: never}]
        """

    @Test("an alert ends at the deepest matching nodes, and goes on to siblings only where it may")
    func matching() throws {
        let tree = try Self.tree(Self.example)
        for (pairs, receivers) in [
            ([("a", "b")], ["root"]), ([("team", "db")], ["db"]), ([("team", "db"), ("severity", "critical")], ["page", "audit"]),
            ([("severity", "critical")], ["audit"]), ([("severity", "info"), ("team", "db")], ["db"]), ([], ["root"]),
        ] {
            #expect(tree.matches(Self.labels(pairs)).map { tree.nodes[$0].options.receiver } == receivers, Comment(rawValue: "\(pairs)"))
        }
    }

    @Test("options come from the parent unless a node says otherwise")
    func inheritance() throws {
        let nodes = try Self.tree(Self.example).nodes
        #expect(nodes.map(\.options.receiver) == ["root", "db", "page", "audit", "never"])
        #expect(nodes.map(\.options.groupWait) == [30_000, 10_000, 10_000, 30_000, 30_000])
        #expect(nodes.map(\.options.groupInterval) == [300_000, 300_000, 300_000, 300_000, 300_000])
        #expect(nodes.map(\.options.repeatInterval) == [14_400_000, 14_400_000, 14_400_000, 86_400_000, 14_400_000])
        #expect(
            nodes.map(\.options.groupBy) == [.labels(["alertname"]), .labels(["alertname"]), .all, .labels(["alertname"]), .labels(["alertname"])])
    }

    @Test("groups have Alertmanager's keys")
    func keys() throws {
        let tree = try Self.tree(Self.example)
        let labels = Self.labels([("alertname", "A \"q\" é"), ("team", "db"), ("severity", "critical"), ("z", "1")])
        let keys = tree.matches(labels).map { tree.groupKey(of: tree.groupLabels(of: labels, at: $0), at: $0) }
        #expect(
            keys == [
                #"{}/{team="db"}/{severity="critical"}:{alertname="A \"q\" é", severity="critical", team="db", z="1"}"#,
                #"{}/{severity=~"^(?:critical|warning)$"}:{alertname="A \"q\" é"}"#,
            ])
    }

    // MARK: Beside a real amtool

    @Test("random trees route random alerts as a real amtool does")
    func sameAsAmtool() throws {
        guard let amtool = try Amtool() else { return print("SKIPPED: MARTLET_PEERS is not set, so no amtool routes the alerts") }
        defer { amtool.end() }
        let seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        print("random routing trees from MARTLET_SEED=\(seed)")
        var maker = TreeMaker(random: SeededRandom(seed))
        for round in 0..<mutationRounds(usual: 12) {
            let text = maker.document()
            let tree = try Self.tree(text)
            let file = try amtool.file(text)
            for _ in 0..<12 {
                let labels = maker.labels()
                let ours = tree.matches(Self.labels(labels)).map { tree.nodes[$0].options.receiver }
                let theirs = try amtool.receivers(file, labels.map { "\($0.0)=\($0.1)" })
                #expect(ours == theirs, Comment(rawValue: "MARTLET_SEED=\(seed), tree \(round), labels \(labels):\n\(text)"))
            }
        }
    }
}

/// Makes configurations that are all routes, over few labels and values so that much of them matches.
private struct TreeMaker {
    var random: SeededRandom
    private var receivers = 0

    init(random: SeededRandom) { self.random = random }

    private static let names = ["a", "b", "c"]
    private static let values = ["x", "y", "z", ""]

    private mutating func pick(_ choices: [String]) -> String { choices[random.below(choices.count)] }

    mutating func labels() -> [(String, String)] {
        Self.names.filter { _ in random.below(4) > 0 }.map { ($0, pick(["x", "y", "z"])) }
    }

    mutating func document() -> String {
        receivers = 0
        let root = node(depth: 0)
        return "route: \(root)\nreceivers: [" + (0..<receivers).map { "{name: r\($0)}" }.joined(separator: ", ") + "]\n"
    }

    private mutating func node(depth: Int) -> String {
        var parts: [String] = []
        if depth == 0 || random.below(4) > 0 {
            parts.append("receiver: r\(receivers)")
            receivers += 1
        }
        if depth > 0 {
            parts.append(contentsOf: conditions())
            if random.below(3) == 0 { parts.append("continue: true") }
        }
        let children = depth < 4 ? random.below(depth == 0 ? 5 : 4) : 0
        if children > 0 { parts.append("routes: [" + (0..<children).map { _ in node(depth: depth + 1) }.joined(separator: ", ") + "]") }
        return "{" + parts.joined(separator: ", ") + "}"
    }

    private mutating func conditions() -> [String] {
        switch random.below(4) {
        case 0: return ["match: {\(pick(Self.names)): \(pick(["x", "y", "z"]))}"]
        case 1: return ["match_re: {\(pick(Self.names)): '\(pick(["x|y", ".*", ".+", "[yz]", ""]))'}"]
        default:
            let matchers = (0..<random.below(3)).map { _ in
                let kind = pick(["=", "!=", "=~", "!~"])
                return "'\(pick(Self.names))\(kind)\"\(pick(kind.count == 2 && kind.last == "~" ? ["x|y", ".*", ".+", "[yz]"] : Self.values))\"'"
            }
            return ["matchers: [" + matchers.joined(separator: ", ") + "]"]
        }
    }
}
