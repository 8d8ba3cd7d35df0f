import Model
import Scraping
import TestKit

/// Makes answers of HTTP services and Docker daemons, in the ways that JSON leaves open.
struct AnswerMaker {
    private var random: SeededRandom

    init(_ random: inout SeededRandom) { self.random = SeededRandom(random.next()) }

    /// An answer of a service, and the groups in it.
    mutating func service(_ url: String) -> ([[UInt8]], [TargetGroup]) {
        let groups = (0..<random.below(4)).map { index in
            let targets = (0..<random.below(4)).map { _ in Labels([(name: TargetGroup.addressLabel, value: "\(word()):\(random.below(65_536))")]) }
            let labels = (0..<random.below(4)).map { _ in (name: word(), value: word()) } + [(name: HTTPDiscovery.urlLabel, value: url)]
            return TargetGroup(source: "\(url):\(index)", targets: targets, labels: Labels(labels))
        }
        return ([written(Self.json(groups, without: HTTPDiscovery.urlLabel))], groups)
    }

    /// What a daemon says of its containers and its networks.
    mutating func daemon() -> [[UInt8]] {
        let networks = (0..<random.below(4)).map { "n\($0)" }
        let containers = (0..<random.below(5)).map { container($0, networks) }
        return [written(.array(containers)), written(.array(networks.map { network($0) }))]
    }

    private mutating func container(_ number: Int, _ networks: [String]) -> JSONValue {
        let mode = ["host", "none", "container:c\(random.below(5))", networks.first ?? "bridge"][random.below(4)]
        let joined = networks.filter { _ in random.below(2) == 0 }.map { name in
            JSONValue.Member(
                word() + name,
                random.below(6) == 0 ? .null : object([("NetworkID", .string(name)), ("IPAddress", .string("10.0.0.\(random.below(256))"))])
            )
        }
        let ports = (0..<random.below(3)).map { _ in
            object([
                ("PrivatePort", JSONValue(random.below(65_536))), ("PublicPort", JSONValue(random.below(65_536))),
                ("Type", .string(random.below(3) == 0 ? "udp" : "tcp")), ("IP", .string("0.0.0.0")),
            ])
        }
        return object([
            ("Id", .string("c\(number)")), ("Names", .array(random.below(6) == 0 ? [] : [.string("/" + word())])), ("Labels", labels()),
            ("Ports", .array(ports)), ("HostConfig", object([("NetworkMode", .string(mode))])),
            ("NetworkSettings", object([("Networks", .object(joined))])), ("State", .string("running")),
        ])
    }

    private mutating func network(_ name: String) -> JSONValue {
        object([
            ("Id", .string(name)), ("Name", .string(word())), ("Scope", .string("local")), ("Internal", .bool(random.below(2) == 0)),
            ("Ingress", .bool(false)), ("Labels", labels()),
        ])
    }

    private mutating func labels() -> JSONValue {
        random.below(5) == 0 ? .null : .object((0..<random.below(4)).map { _ in JSONValue.Member(word(), .string(word())) })
    }

    /// Members in any order, and one that nobody knows.
    private mutating func object(_ members: [(String, JSONValue)]) -> JSONValue {
        .object((members + [("Unknown", .array([.null]))]).map { JSONValue.Member($0.0, $0.1) }.shuffled(using: &random))
    }

    private mutating func word() -> String {
        let letters = Array("abcXYZ09_.-/é\u{1F600}\"\\\n ")
        return String((0..<1 + random.below(8)).map { _ in letters[random.below(letters.count)] })
    }

    private mutating func written(_ value: JSONValue) -> [UInt8] { random.below(2) == 0 ? value.compact : value.indented }

    static func written(_ groups: [TargetGroup], without label: String) -> [UInt8] { json(groups, without: label).compact }

    private static func json(_ groups: [TargetGroup], without hidden: String) -> JSONValue {
        .array(
            groups.map { group in
                let labels = group.labels.filter { !sameBytes($0.name, hidden) }.map { JSONValue.Member($0.name, .string($0.value)) }
                let targets = group.targets.map { JSONValue.string($0[TargetGroup.addressLabel] ?? "") }
                return .object([JSONValue.Member("targets", .array(targets)), JSONValue.Member("labels", .object(labels))])
            })
    }
}
