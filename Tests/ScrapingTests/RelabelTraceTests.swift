import Model
import Scraping
import Testing

struct RelabelTraceTests {
    private static func rule(_ action: RelabelRule.Action, _ pattern: String = "(.*)", _ change: (inout RelabelRule) -> Void = { _ in }) throws
        -> RelabelRule
    {
        var rule = RelabelRule(regex: try LabelRegex(pattern))
        rule.action = action
        change(&rule)
        return rule
    }

    /// From the rule on that drops the labels there are none.
    @Test func everyStepIsTold() throws {
        let rules = [
            try Self.rule(.replace) {
                $0.sourceLabels = ["a"]
                $0.targetLabel = "b"
                $0.replacement = "x-$1"
            },
            try Self.rule(.labeldrop, "a"),
            try Self.rule(.drop, "x-1") { $0.sourceLabels = ["b"] },
            try Self.rule(.replace) { $0.targetLabel = "c" },
        ]
        func labels(_ pairs: KeyValuePairs<String, String>) -> Labels { Labels(pairs.map { (name: $0.key, value: $0.value) }) }
        #expect(
            Relabeller.trace(rules, of: labels(["a": "1"])) == [labels(["a": "1", "b": "x-1"]), labels(["b": "x-1"]), nil, nil])
        let kept = Relabeller.trace(rules, of: labels(["a": "2"]))
        #expect(kept.last == Relabeller.apply(rules, to: labels(["a": "2"])))
        #expect(kept.allSatisfy { $0 != nil })
        #expect(Relabeller.trace([], of: labels(["a": "1"])).isEmpty)
    }

    @Test func rulesAsJSON() throws {
        let shares = try Self.rule(.hashmod) {
            $0.sourceLabels = ["a", "b"]
            $0.targetLabel = "c"
            $0.modulus = 8
        }
        #expect(
            String(decoding: shares.json.compact, as: UTF8.self)
                == #"{"source_labels":["a","b"],"separator":";","regex":"(.*)","modulus":8,"target_label":"c","replacement":"$1","action":"hashmod"}"#
        )
        #expect(
            String(decoding: try Self.rule(.labeldrop, "a|b").json.compact, as: UTF8.self)
                == #"{"separator":";","regex":"a|b","replacement":"$1","action":"labeldrop"}"#)
    }
}
