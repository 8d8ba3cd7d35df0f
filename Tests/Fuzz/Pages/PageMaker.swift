import Exposition
import Model
import TestKit

/// A target's page that goes on from one scrape to the next: most lines stay where they are with another value, some move, come and go.
struct PageMaker {
    /// A sample as the page tells it, with the labels that it means.
    struct Sample {
        let labels: Labels
        let value: Double
        let time: Timestamp?
    }

    private enum Line {
        case comment(String)
        /// `type`: the line that must stand right before it.
        case series(key: String, labels: Labels, isTimed: Bool, type: String? = nil)
    }

    private let format: ExpositionFormat
    /// Whether there are buckets and quantiles, whose bounds are written in many ways and mean the same.
    private let hasBounds: Bool
    private var lines: [Line] = []
    private var removed: [Line] = []

    init(_ format: ExpositionFormat, hasBounds: Bool) {
        self.format = format
        self.hasBounds = hasBounds
    }

    /// Lets the page become another one, a little or a lot.
    mutating func change(_ random: inout SeededRandom) {
        for _ in 0..<random.below(random.below(5) == 0 ? 40 : 3) { changeOnce(&random) }
        if lines.count > 80 { lines.removeLast(20) }
    }

    private mutating func changeOnce(_ random: inout SeededRandom) {
        let at = random.below(lines.count + 1)
        switch random.below(6) {
        case 0 where at < lines.count: removed.append(lines.remove(at: at))
        case 1 where !removed.isEmpty: lines.insert(removed.removeLast(), at: at)
        case 2 where at < lines.count: lines.swapAt(at, random.below(lines.count))
        case 3 where at < lines.count: lines.insert(lines[at], at: random.below(lines.count))
        default: lines.insert(contentsOf: family(&random), at: at)
        }
        if removed.count > 20 { removed.removeFirst(10) }
    }

    /// Lines of one family, mostly with what it says of itself.
    private func family(_ random: inout SeededRandom) -> [Line] {
        let number = random.below(6)
        if hasBounds, random.below(3) == 0 { return bounded(number, &random) }
        var lines: [Line] =
            random.below(3) == 0
            ? []
            : [
                .comment(
                    "# TYPE f\(number) \(["gauge", "counter", format == .text ? "untyped" : "unknown"][random.below(3)])"
                )
            ]
        if random.below(3) == 0 {
            lines.append(.comment("# HELP f\(number) A \\\\ text \(random.below(3))."))
        }
        for _ in 0..<1 + random.below(5) { lines.append(series(number, &random)) }
        return lines
    }

    private func bounded(_ number: Int, _ random: inout SeededRandom) -> [Line] {
        let isHistogram = number % 2 == 0
        let name = "b\(number)\(isHistogram ? "_bucket" : "")"
        let label = isHistogram ? "le" : "quantile"
        let (written, meant) = [
            ("1", "1.0"), ("0.5", "0.5"), ("5e-1", "0.5"), ("+Inf", "+Inf"), ("1e3", "1000.0"),
            ("x", "x"),
        ][random.below(6)]
        let labels = Labels([(name: "__name__", value: name), (name: label, value: meant)])
        let type = "# TYPE b\(number) \(isHistogram ? "histogram" : "summary")\n"
        return [.series(key: "\(name){\(label)=\"\(written)\"}", labels: labels, isTimed: false, type: type)]
    }

    private func series(_ number: Int, _ random: inout SeededRandom) -> Line {
        let names = ["f\(number)", "f\(number):rate", "f.\(number)", "ü\(number)"]
        let name = names[random.below(random.below(3) == 0 ? 4 : 1)]
        var pairs: [(name: String, value: String)] = []
        for label in ["x", "Y_1", "z.z", "ö"].shuffled(using: &random).prefix(random.below(4)) {
            pairs.append((label, value(&random)))
        }
        let isQuoted = !LabelNames.isLegacyMetricName(name)
        var parts = pairs.map { pair in
            (LabelNames.isLegacyLabelName(pair.name) ? pair.name : "\"\(pair.name)\"")
                + "=\"\(Self.escaped(pair.value))\""
        }
        if isQuoted { parts.insert("\"\(name)\"", at: 0) }
        let braces =
            parts.isEmpty && random.below(4) > 0
            ? "" : "{\(parts.joined(separator: ","))\(random.below(8) == 0 && !parts.isEmpty ? "," : "")}"
        let labels = Labels(pairs.filter { !$0.value.isEmpty } + [(name: "__name__", value: name)])
        return .series(
            key: (isQuoted ? "" : name) + braces, labels: labels, isTimed: random.below(6) == 0)
    }

    private func value(_ random: inout SeededRandom) -> String {
        ["v\(random.below(9))", "a \"b\"", "\\", "line\nbreak", "} 1", "é\u{1F600}", "", "# {"][
            random.below(8)]
    }

    private static func escaped(_ text: String) -> String {
        String(
            decoding: text.utf8.flatMap { byte -> [UInt8] in
                switch byte {
                case UInt8(ascii: "\\"): Array("\\\\".utf8)
                case UInt8(ascii: "\n"): Array("\\n".utf8)
                case UInt8(ascii: "\""): Array("\\\"".utf8)
                default: [byte]
                }
            }, as: UTF8.self)
    }

    /// The page with values of this moment, and what it says.
    func page(at time: Timestamp, _ random: inout SeededRandom) -> (bytes: [UInt8], samples: [Sample]) {
        var text = ""
        var samples: [Sample] = []
        for line in lines {
            switch line {
            case .comment(let comment): text += comment + "\n"
            case .series(let key, let labels, let isTimed, let type):
                let (written, value) = number(&random)
                let own = isTimed ? time / 1000 * 1000 - Timestamp(random.below(4)) * 500 : nil
                samples.append(Sample(labels: labels, value: value, time: own))
                text += "\(type ?? "")\(key) \(written)\(rest(own, &random))\n"
            }
        }
        return (Array((text + (format == .openMetrics ? "# EOF\n" : "")).utf8), samples)
    }

    private func number(_ random: inout SeededRandom) -> (String, Double) {
        let whole = random.below(2000)
        return switch random.below(12) {
        case 0: ("\(whole).25", Double(whole) + 0.25)
        case 1: ("-\(whole)e-2", Double("-\(whole)e-2") ?? 0)
        case 2: ("+Inf", .infinity)
        case 3: ("-Inf", -.infinity)
        case 4: ("1.7976931348623157e308", .greatestFiniteMagnitude)
        case 5: (".5", 0.5)
        case 6: ("123456789012345678", 123_456_789_012_345_678)
        default: ("\(whole)", Double(whole))
        }
    }

    private func rest(_ time: Timestamp?, _ random: inout SeededRandom) -> String {
        guard format == .openMetrics else { return time.map { " \($0)" } ?? "" }
        let stamp = time.map { " \($0 / 1000).\($0 % 1000 / 100)" } ?? ""
        return stamp + (random.below(6) == 0 ? " # {trace=\"} \(random.below(9))\"} 0.5" : "")
    }
}
