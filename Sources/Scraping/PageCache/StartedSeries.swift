import Exposition
import Model

/// Finds the lines of an OpenMetrics page that a `_created` line is about: those of its family with its labels that stand before it, as far as the one
/// of another start. Prometheus 3.5 looks from the sample ahead, to the same effect.
struct StartedSeries {
    private static let ending = Array("_created".utf8)
    private static let endings: [MetricType: [String]] = [
        .counter: ["", "_total"], .histogram: ["_bucket", "_count", "_sum"], .summary: ["", "_count", "_sum"],
    ]

    private let family: String
    private let labels: Labels
    private let names: Set<String>
    private let bound: String?

    /// Whether a key is that of a line with a start; `type` is what the family's TYPE line says.
    static func isStart(_ key: UnsafeRawBufferPointer, _ type: MetricType?) -> Bool {
        guard let type, endings[type] != nil else { return false }
        if key.first == UInt8(ascii: "{") { return (try? KeyReader.labels(key, format: .openMetrics))?.metricName?.hasSuffix("_created") == true }
        let name = key.prefix { $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: " ") }
        return name.count >= ending.count && name.suffix(ending.count).elementsEqual(ending)
    }

    /// Nil if `key` is not that of a line with a start.
    init?(_ key: UnsafeRawBufferPointer, _ type: MetricType?) {
        guard let type, let endings = Self.endings[type], let all = try? KeyReader.labels(key, format: .openMetrics) else { return nil }
        guard let name = all.metricName, name.hasSuffix("_created") else { return nil }
        family = String(name.dropLast(Self.ending.count))
        labels = all.setting(Labels.metricName, "")
        names = Set(endings.map { [family] in family + $0 })
        bound = type == .histogram ? "le" : type == .summary ? "quantile" : nil
    }

    /// Calls `body` with each of the lines, and how many lines it is before the one whose key begins at `end`.
    func forEach(before end: Int, on page: ExpositionCursor, _ body: (SeriesLine, _ back: Int) -> Void) {
        var end = end
        var back = 0
        while end > 0 {
            let start = page.lineStart(before: end)
            defer { end = start }
            var cursor = ExpositionCursor(page[start..<end], format: .openMetrics)
            guard case .series(let line)? = try? cursor.next(), let own = try? KeyReader.labels(cursor[line.key], format: .openMetrics) else {
                return
            }
            guard let name = own.metricName, !name.hasSuffix("_created") else { return }
            back += 1
            if names.contains(name), isSame(own) { body(line, back) }
        }
    }

    private func isSame(_ own: Labels) -> Bool {
        let rest = own.setting(Labels.metricName, "")
        return labels == (bound.map { rest.setting($0, "") } ?? rest)
    }
}
