import Model
import TSDB
import TestKit
import Testing

@Suite struct MatcherTests {
    static let values = ["", "a", "b", "ab", "abc", "a.b", "x y", "é", "e\u{301}", "node-1", "node-2", "a\nb"]
    static let patterns = [
        "", ".*", ".+", "a", "a|b", "a|", "(a|b|abc)", "a.*", "a.b", "a\\.b", ".*b", "(?i)AB", "[ab]+", "node-.*", "node-\\d", "x y|é", "(a)|(b)",
        "a|b.*", "\\w",
        "(?:a|b)", "e\u{301}", "^a$", "a||b",
    ]
    static let names = ["__name__", "job", "instance", "absent", "z"]

    func randomMatcher(_ random: inout SeededRandom) throws -> Matcher {
        let name = Self.names[random.below(Self.names.count)]
        switch random.below(4) {
        case 0: return try Matcher(.equal, name, Self.values[random.below(Self.values.count)])
        case 1: return try Matcher(.notEqual, name, Self.values[random.below(Self.values.count)])
        case 2: return try Matcher(.matches, name, Self.patterns[random.below(Self.patterns.count)])
        default: return try Matcher(.matchesNot, name, Self.patterns[random.below(Self.patterns.count)])
        }
    }

    @Test(arguments: 1...12)
    func selectionIsWhatAFilterOverAllSeriesGives(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let head = freeHead()
        var all: [Labels] = []
        for _ in 0..<(seed == 1 ? 0 : random.below(200) + 1) {
            let series = Labels(Self.names.dropLast().filter { $0 != "absent" }.map { ($0, Self.values[random.below(Self.values.count)]) })
            let outcome = try head.add(series, (Timestamp(all.count), 1))
            if outcome.seriesCreated == 1 { all.append(series) }
        }
        for _ in 0..<150 {
            let matchers = try (0..<random.below(4)).map { _ in try randomMatcher(&random) }
            let expected = all.filter { series in matchers.allSatisfy { $0.matches(series[$0.name] ?? "") } }.sorted()
            #expect(try head.answers(matchers).map(\.labels) == expected, "seed \(seed), \(matchers)")
            let names = Set(expected.flatMap { $0.map(\.name) }).sorted(by: precedes)
            let whole = Selection(matchers: matchers, from: .min, through: .max)
            #expect(try head.labelNames(whole) == names, "seed \(seed), \(matchers)")
            var jobs: [String] = []
            for job in expected.compactMap({ $0["job"] }) where !jobs.contains(where: { sameBytes($0, job) }) { jobs.append(job) }
            #expect(try head.labelValues("job", whole).elementsEqual(jobs.sorted(by: precedes), by: sameBytes), "seed \(seed), \(matchers)")
        }
    }

    @Test func namesAndValuesRespectTheTimeRange() throws {
        let head = freeHead()
        try head.add(labels(["old": "1"]), (1000, 1))
        try head.add(labels(["new": "2"]), (5000, 1))
        #expect(try head.labelNames(Selection(matchers: [], from: 0, through: 9999)) == ["new", "old"])
        #expect(try head.labelNames(Selection(matchers: [], from: 2000, through: 9999)) == ["new"])
        #expect(try head.labelValues("old", Selection(matchers: [], from: 2000, through: 9999)).isEmpty)
        #expect(try head.labelValues("old", Selection(matchers: [], from: 0, through: 1000)) == ["1"])
        #expect(try head.labelValues("nothing", Selection(matchers: [], from: .min, through: .max)).isEmpty)
    }

    @Test func theLargestLabelsAreCounted() throws {
        let head = freeHead()
        for i in 0..<5 { try head.add(labels(["__name__": "big", "i": "\(i)"]), (1, 1)) }
        try head.add(labels(["__name__": "small"]), (1, 1))
        let found = head.cardinality(limit: 1)
        #expect(found.seriesByMetricName.map { "\($0.name) \($0.value)" } == ["big 5"])
        #expect(found.valuesByLabelName.map { "\($0.name) \($0.value)" } == ["i 5"])
        #expect(found.seriesByLabelPair.map { "\($0.name) \($0.value)" } == ["__name__=big 5"])
        #expect(found.labelPairs == 7)
    }
}
