import Model
import PromQL
import TestKit

extension ExpressionMaker {
    mutating func number() -> NumberLiteral {
        guard chance(1, in: 4) else { return NumberLiteral(float()) }
        return NumberLiteral(Double(milliseconds()) / 1000, isDuration: true)
    }

    mutating func float() -> Double {
        switch random.below(8) {
        case 0: one(of: [.infinity, -.infinity, .nan, 0, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .pi, 0x1p63, 1e21, 1e-7])
        case 1, 2: Double(random.below(1000)) / 8
        case 3: -Double(random.below(1_000_000)) / 1000
        case 4: Self.finite(Double(bitPattern: random.next()))
        default: Double(random.below(20))
        }
    }

    private static func finite(_ value: Double) -> Double { value.isFinite ? value : 1 }

    /// From a millisecond to some thousand years in any unit.
    mutating func milliseconds() -> Int64 {
        let unit: Int64 = one(of: [1, 1000, 60_000, 3_600_000, 86_400_000, 604_800_000, 31_536_000_000])
        let several = unit * Int64(1 + random.below(100))
        return chance(1, in: 4) ? several + Int64(random.below(100_000)) : several
    }

    /// Printable text, escapes, and bytes that are not UTF-8.
    mutating func string() -> StringLiteral {
        let bytes = (0..<random.below(12)).flatMap { _ in chance(1, in: 6) ? [UInt8(random.below(256))] : Array(character().utf8) }
        return StringLiteral(bytes: bytes)
    }

    mutating func text() -> String { (0..<random.below(8)).map { _ in character() }.joined() }

    private mutating func character() -> String {
        switch random.below(6) {
        case 0: one(of: ["\"", "\\", "'", "`", "\n", "\r", "\t", "\0", "{", "}", "#", "$", "\u{7f}", "\u{85}", "\u{a0}", "\u{200b}", "\u{2028}"])
        case 1: one(of: ["é", "e\u{301}", "я", "語", "🎤", "\u{feff}", "\u{fffd}", "\u{e000}", "\u{10ffff}", "ß", "İ"])
        default: String(UnicodeScalar(UInt8(32 + random.below(95))))
        }
    }

    // MARK: Names

    /// Metric names without quotes: keywords may be some, too.
    mutating func metricName() -> String {
        one(of: [
            "updates_total", "gateway:requests:rate5m", "queue_depth", "_", ":", "a", "sum", "BY", "offset", "start", "Step", "fill", "anchored",
            "and",
            "count_values", "unless", "min_of", "rate", "x9", "infinity", "limitk", "without",
        ])
    }

    mutating func labelName() -> String {
        switch random.below(4) {
        case 0:
            one(of: ["bool", "on", "group_left", "by", "inf", "NaN", "start", "offset", "sum", "a:b", "9a", "a b", "é", "語 x", "\"", "\\", "\n", "-"])
        case 1: text() + "z"
        default: one(of: ["queue", "bot", "shard", "route", "code", "__type__"])
        }
    }

    /// Up to three, each once.
    mutating func labels() -> [String] {
        var names: [String] = []
        for _ in 0..<random.below(4) {
            let name = labelName()
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}
