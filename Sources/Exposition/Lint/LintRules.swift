import Model

/// How metrics should be named and told of, in promtool's words, so that whatever reads its output reads ours.
///
/// Source of the rules: Prometheus's documentation, "Metric and label naming" and "Writing exporters", as promtool 3.5 checks them.
struct LintRules {
    /// What the rules know of types.
    private enum Kind { case counter, gauge, histogram, summary, untyped }

    private let family: PageFamily
    /// In text format; in OpenMetrics a family's name leaves out what its samples carry.
    let name: String
    private let kind: Kind
    private let words: [Substring]
    private let lowercasedWords: [Substring]

    init(_ family: PageFamily, isOpenMetrics: Bool) {
        self.family = family
        (kind, name) = Self.inText(family, isOpenMetrics)
        words = name.split(separator: "_", omittingEmptySubsequences: false)
        lowercasedWords = name.lowercased().split(separator: "_", omittingEmptySubsequences: false)
    }

    private static func inText(_ family: PageFamily, _ isOpenMetrics: Bool) -> (Kind, String) {
        switch family.type {
        case .counter: (.counter, isOpenMetrics ? family.name + "_total" : family.name)
        case .gauge, .stateset: (.gauge, family.name)
        case .info: (.gauge, family.name + "_info")
        case .histogram, .gaugehistogram: (.histogram, family.name)
        case .summary: (.summary, family.name)
        case .unknown, nil: (.untyped, family.name)
        }
    }

    /// How many series the family is.
    var lineCount: Int { family.lineCount }

    /// Each once.
    var problems: [String] {
        var found = help + units + types + reservedSuffixes + reservedLabels + camelCase + abbreviations
        if name.utf8.contains(Byte.colon) { found.append("metric names should not contain ':'") }
        if family.hasRepeats { found.append("metric not unique") }
        return found
    }

    private var help: [String] { family.hasHelp ? [] : ["no help text"] }

    private var units: [String] {
        guard let unit = words.lazy.compactMap(Unit.init).first, unit.base != unit.written else { return [] }
        return ["use base unit \(quoted(unit.base)) instead of \(quoted(unit.written))"]
    }

    /// Suffixes that tell a type tell the right one, and words do not tell it once more.
    private var types: [String] {
        var found: [String] = []
        let hasTotal = name.hasSuffix("_total")
        if kind == .counter, !hasTotal { found.append(#"counter metrics should have "_total" suffix"#) }
        if kind != .counter, kind != .untyped, hasTotal { found.append(#"non-counter metrics should not have "_total" suffix"#) }
        if kind != .gauge, kind != .untyped, name.hasSuffix("_timestamp_seconds") {
            found.append(#"non-gauge metrics should not have "_timestamp_seconds" suffix"#)
        }
        if !typeWords.isEmpty, contains(typeWords) {
            found.append("metric name should not include type '\(typeWords.joined(separator: "_"))'")
        }
        return found
    }

    /// What names of metrics of this type should not contain.
    private var typeWords: [String] {
        switch kind {
        case .counter: ["counter"]
        case .gauge: ["gauge"]
        case .histogram: family.type == .gaugehistogram ? ["gauge", "histogram"] : ["histogram"]
        case .summary: ["summary"]
        case .untyped: []
        }
    }

    private var reservedSuffixes: [String] {
        guard kind != .untyped, kind != .histogram else { return [] }
        var found: [String] = []
        if name.hasSuffix("_bucket") { found.append(#"non-histogram metrics should not have "_bucket" suffix"#) }
        for suffix in ["_count", "_sum"] where kind != .summary && name.hasSuffix(suffix) {
            found.append("non-histogram and non-summary metrics should not have \(quoted(suffix)) suffix")
        }
        return found
    }

    private var reservedLabels: [String] {
        guard kind != .untyped else { return [] }
        var found: [String] = []
        if kind != .histogram, has("le") { found.append(#"non-histogram metrics should not have "le" label"#) }
        if kind != .summary, has("quantile") { found.append(#"non-summary metrics should not have "quantile" label"#) }
        return found
    }

    private var camelCase: [String] {
        var found: [String] = []
        if Self.isCamelCase(name.utf8) { found.append("metric names should be written in 'snake_case' not 'camelCase'") }
        if family.labelNames.contains(where: Self.isCamelCase) { found.append("label names should be written in 'snake_case' not 'camelCase'") }
        return found
    }

    private var abbreviations: [String] {
        Unit.abbreviations.contains { contains([$0]) } ? ["metric names should not contain abbreviated units"] : []
    }

    /// Whether the words stand together in the name, behind the first.
    private func contains(_ wanted: [String]) -> Bool {
        let rest = lowercasedWords.dropFirst()
        return rest.indices.contains { rest[$0...].starts(with: wanted.map { Substring($0) }) }
    }

    private func has(_ label: String) -> Bool { family.labelNames.contains(Array(label.utf8)) }

    private static func isCamelCase(_ name: some Sequence<UInt8>) -> Bool {
        var followsSmall = false
        for byte in name {
            if followsSmall, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) { return true }
            followsSmall = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        }
        return false
    }
}

/// A unit of measurement in a metric's name.
private struct Unit {
    /// With its prefix.
    let written: String
    let base: String

    static let abbreviations = ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"]

    /// Both spellings of meters are base units; Celsius counts as one, since it is what sensors measure.
    private static let bases: [String: String] = [
        "amperes": "amperes", "bytes": "bytes", "celsius": "celsius", "grams": "grams", "joules": "joules", "kelvin": "kelvin", "meters": "meters",
        "metres": "metres", "seconds": "seconds", "volts": "volts",
        "minutes": "seconds", "hours": "seconds", "days": "seconds", "weeks": "seconds",
        "kelvins": "kelvin", "fahrenheit": "celsius", "rankine": "celsius",
        "inches": "meters", "yards": "meters", "miles": "meters",
        "bits": "bytes", "calories": "joules", "pounds": "grams", "ounces": "grams",
    ]

    /// As promtool has them, `mibi` for mebi included.
    private static let prefixes = [
        "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi", "giga", "gibi", "tera", "tebi", "peta",
        "pebi",
    ]

    /// Nil if the word is no unit: `kilometers` is one, `thermometers` is not.
    init?(_ word: Substring) {
        let prefix = Self.prefixes.first { word.hasPrefix($0) && Self.bases[String(word.dropFirst($0.count))] != nil } ?? ""
        guard let base = Self.bases[String(word)] ?? Self.bases[String(word.dropFirst(prefix.count))] else { return nil }
        written = String(word)
        self.base = base
    }
}
