import Model

/// What `martlet check metrics` tells of one page.
public struct MetricsCheck {
    public enum Verdict: Int32, Sendable {
        case fine = 0
        case unreadable = 1
        /// Readable, but not as it should be.
        case flawed = 3
    }

    public let verdict: Verdict
    /// `metric problem`, sorted, each once; or why the page cannot be read.
    public let lines: [String]
    /// How many series each family is, the largest first: a table, with its head and a line for all of them. Empty if the page cannot be read.
    public let table: [String]

    /// - Parameter strict: the page is OpenMetrics, and held to all of its rules before those about names.
    public init(_ page: UnsafeRawBufferPointer, strict: Bool = false) {
        do {
            if strict { try StrictOpenMetrics.check(page) }
            let rules = try FamilyReader.read(page, format: strict ? .openMetrics : .text).map { LintRules($0, isOpenMetrics: strict) }
            lines = Self.lines(rules)
            table = CardinalityTable(rules.map { ($0.name, $0.lineCount) }).lines
            verdict = lines.isEmpty ? .fine : .flawed
        } catch {
            lines = ["\(error)" + (strict || !Self.endsAsOpenMetrics(page) ? "" : "; it ends as OpenMetrics, which --strict reads")]
            table = []
            verdict = .unreadable
        }
    }

    private static func lines(_ rules: [LintRules]) -> [String] {
        rules.sorted { precedes($0.name, $1.name) }.flatMap { rules in
            rules.problems.sorted(by: precedes).map { "\(rules.name) \($0)" }
        }
    }

    private static func endsAsOpenMetrics(_ page: UnsafeRawBufferPointer) -> Bool { page.suffix(6).elementsEqual("# EOF\n".utf8) }
}

/// How many series each family of a page is, as promtool prints it.
struct CardinalityTable {
    private let rows: [[String]]

    init(_ families: [(name: String, count: Int)]) {
        let total = families.reduce(0) { $0 + $1.count }
        let sorted = families.sorted { $0.count == $1.count ? precedes($0.name, $1.name) : $0.count > $1.count }
        rows =
            [["Metric", "Cardinality", "Percentage"]]
            + sorted.map { [$0.name, String($0.count), Self.percentage(of: $0.count, total)] } + [["Total", String(total), "100%"]]
    }

    private static func percentage(of part: Int, _ total: Int) -> String {
        let hundredths = (Double(part) / Double(max(total, 1)) * 10_000).rounded(.toNearestOrEven)
        let (whole, rest) = Int(hundredths).quotientAndRemainder(dividingBy: 100)
        return "\(whole).\(rest < 10 ? "0" : "")\(rest)%"
    }

    /// Columns with four blanks between them.
    var lines: [String] {
        let widths = (0..<3).map { column in rows.reduce(0) { max($0, $1[column].unicodeScalars.count) } + 4 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.unicodeScalars.count) }.joined()
        }
    }
}
