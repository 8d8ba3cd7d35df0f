import Model
import PromQL
import StrictYAML
import Testing

@testable import ConfigurationFile

/// The block `storage.tiers`.
struct TiersTests {
    private static let day: Int64 = 86_400_000

    private func load(_ text: String) throws -> ServerConfiguration {
        try ConfigurationLoader.load("m.yml", files: FileReading(read: { _ in Array(text.utf8) }, list: { _ in [] }))
    }

    @Test func everyKeyIsRead() throws {
        let configuration = try load(
            """
            storage:
              tsdb: { retention: { time: 7d } }
              tiers:
                raw: 1w
                5m: 60d
                1h: 0s
                rules:
                  - match: '{job="debug"}'
                    keep: 1d
                  - match: '{__name__=~"business_.*"}'
                    raw: 2d
                    5m: 90d
                    1h: 5y
                  - { match: '{__name__=~".*"}', 1h: 100y }
            """)
        var expected = TiersConfiguration()
        expected.fiveMinutes = 60 * Self.day
        expected.hour = 0
        let everything = #"{__name__=~".*"}"#
        expected.rules = [
            .init(match: #"{job="debug"}"#, matchers: [Matcher(name: "job", equals: "debug")], keep: Self.day),
            .init(
                match: #"{__name__=~"business_.*"}"#, matchers: [try Matcher(.matches, "__name__", "business_.*")], raw: 2 * Self.day,
                fiveMinutes: 90 * Self.day, hour: 5 * 365 * Self.day),
            .init(match: everything, matchers: [try Matcher(.matches, "__name__", ".*")], hour: 100 * 365 * Self.day),
        ]
        #expect(configuration.storage.tiers == expected)
        #expect(configuration.storage.retention.time == 7 * Self.day)
        #expect(configuration.warnings.isEmpty)
        #expect(try load(configuration.redacted).storage == configuration.storage)
    }

    @Test func whatIsNotSaidIsShown() throws {
        for text in ["global: {}", "storage: { tiers: }"] {
            let configuration = try load(text)
            #expect(configuration.storage.tiers == TiersConfiguration())
            #expect(configuration.storage.retention.time == nil)
            #expect(configuration.redacted.contains("  tiers:\n    5m: 30d\n    1h: 1y\n"), "\(configuration.redacted)")
        }
        #expect(try load("storage: { tiers: { raw: 0s } }").storage.retention.time == 0)
    }

    @Test(arguments: [
        ("storage: { tiers: { raw: 3d }, tsdb: { retention: { time: 7d } } }", 1, 21, "for 3d here and 1w in storage.tsdb.retention.time"),
        ("storage: { tiers: { 10m: 3d } }", 1, 21, "unknown key \"10m\" in storage.tiers"),
        ("storage: { tiers: { raw: 3days } }", 1, 26, "expected a duration"),
        ("storage: { tiers: { 5m: -1d } }", 1, 25, "expected a duration"),
        ("storage: { tiers: { rules: 1d } }", 1, 28, "expected a list"),
        ("storage:\n  tiers:\n    rules:\n      - keep: 1d", 4, 9, "storage.tiers.rules[0]: a rule needs match"),
        ("storage:\n  tiers:\n    rules:\n      - match: up", 4, 9, "a rule needs a duration"),
        ("storage:\n  tiers:\n    rules:\n      - { match: 'up', keep: 0s }", 4, 24, "keep must be above 0"),
        ("storage:\n  tiers:\n    rules:\n      - { match: 'up', 1h: 0s }", 4, 24, "1h must be above 0"),
        ("storage:\n  tiers:\n    rules:\n      - { match: 'up', keep: 1d, 5m: 2d }", 4, 34, "2d is longer than keep (1d)"),
        ("storage:\n  tiers:\n    rules:\n      - { match: '{job=~\"(\"}', keep: 1d }", 4, 18, "is no series selector: 1:2: parse error"),
        ("storage:\n  tiers:\n    rules:\n      - { match: 'rate(up[5m])', keep: 1d }", 4, 18, "is no series selector"),
        ("storage:\n  tiers:\n    rules:\n      - { match: '', keep: 1d }", 4, 18, "is no series selector"),
        (
            "storage:\n  tiers:\n    rules:\n      - { match: 'up', keep: 1d }\n      - { match: '{__name__=\"up\"}', 1h: 1d }", 5, 9,
            "already, at m.yml:4:9"
        ),
    ])
    func mistakes(text: String, line: Int, column: Int, told: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(text) }
        #expect(error?.description.contains(told) == true, "\(error?.description ?? "")")
        #expect(error?.description.hasPrefix("m.yml:\(line):\(column): ") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("storage: { tiers: { raw: 60d } }", ["the tier 5m is kept for 30d, not as long as raw (60d)"]),
        ("storage: { tiers: { 5m: 2y } }", ["the tier 1h is kept for 1y, not as long as 5m (2y)"]),
        ("storage: { tiers: { raw: 30d, 5m: 30d, 1h: 30d } }", []),
        ("storage: { tiers: { raw: 0s, 5m: 0s, 1h: 0s } }", []),
        ("storage: { tiers: { raw: 0s } }", ["the tier 5m is kept for 30d, not as long as raw (for good)"]),
        ("storage: { tiers: { raw: 1d, 5m: 0s } }", ["the tier 1h is kept for 1y, not as long as 5m (for good)"]),
        ("storage: { tiers: { 5m: 3d } }", ["the tier 5m is kept for 3d, not as long as raw by default (1w)"]),
        ("storage: { tiers: { raw: 1d, 5m: 3d } }", []),
    ])
    func whatHardlyEverAnswers(text: String, warnings: [String]) throws {
        let told = try load(text).warnings
        #expect(told.count == warnings.count)
        for (told, expected) in zip(told, warnings) { #expect(told.contains(expected) && told.hasPrefix("m.yml:1:"), "\(told)") }
    }
}
