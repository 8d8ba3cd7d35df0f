import Model
import PromQL

/// Which rules of a group may be evaluated side by side: those of one stage, one stage after the other.
///
/// Two rules keep their order if one reads what the other writes or both write the same. A selector that names no metric may read anything.
enum RuleOrder {
    static func stages(_ rules: [Rule]) -> [[Int]] {
        let effects = rules.map(Effects.init)
        var levels: [Int] = []
        for (index, effect) in effects.enumerated() {
            let before = (0..<index).filter { effects[$0].conflicts(with: effect) }.map { levels[$0] }
            levels.append((before.max() ?? -1) + 1)
        }
        return (0..<((levels.max() ?? -1) + 1)).map { level in levels.indices.filter { levels[$0] == level } }
    }

    /// Whether one rule may see what another records or alerts on. Rules have their groups' labels.
    static func reads(_ reader: Rule, whatIsWrittenBy writer: Rule) -> Bool { Effects(reader).reads(Effects(writer).writes) }

    private struct Effects {
        let writes: [Labels]
        let reads: [[Matcher]]
        /// Templates may ask anything.
        let readsAnything: Bool

        /// - Parameter rule: a rule with its group's labels.
        init(_ rule: Rule) {
            reads = rule.expr.selections
            switch rule.kind {
            case .recording(let name):
                writes = [Labels.empty.setting(Labels.metricName, name)]
                readsAnything = false
            case .alerting(let alert):
                writes = [Alert.seriesName, Alert.stateSeriesName].map {
                    Labels.empty.setting(Labels.metricName, $0).setting(AlertTexts.nameLabel, alert.name)
                }
                readsAnything = max(AlertTexts(rule, alert).labelReach, AlertTexts(rule, alert).annotationReach) == .anything
            }
        }

        func conflicts(with other: Effects) -> Bool {
            readsAnything || other.readsAnything || reads(other.writes) || other.reads(writes) || writes.contains { other.writes.contains($0) }
        }

        func reads(_ written: [Labels]) -> Bool {
            reads.contains { matchers in
                written.contains { labels in
                    // Of the labels of what is written only these are known.
                    matchers.allSatisfy { matcher in labels[matcher.name].map { matcher.matches($0) } ?? true }
                }
            }
        }
    }
}
