public import Model
import PromQL
public import TSDB

/// All samples of a source as text, one a line.
public struct SampleDump {
    public enum Form: Sendable {
        /// `{__name__="up", job="api"} 1 1700000000000`
        case plain
        /// `up{job="api"} 1 1700000000.000`, without staleness markers and native histograms, and `# EOF` at the end.
        case openMetrics
    }

    private let form: Form
    private let range: TimeRange
    private let write: (UnsafeRawBufferPointer) throws -> Void
    private var out: [UInt8] = []
    /// How many samples were written.
    public private(set) var samples = 0

    /// - Parameter write: takes the text in large pieces.
    public init(_ form: Form, _ range: TimeRange, write: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.form = form
        self.range = range
        self.write = write
    }

    /// Writes the series that one of the selectors matches, sorted by labels, each once. Throws if a selector is none, or a file cannot be read.
    public mutating func run(_ source: any SeriesSource, selectors: [String]) throws {
        let sets = try selectors.map { text in
            try source.select(Selection(matchers: try PromQLParser.parseSeriesSelector(text), from: range.from, through: range.through))
        }
        var positions = sets.map { _ in 0 }
        let column = SampleColumn()
        let histograms = HistogramColumn()
        while let next = least(sets, positions) {
            column.removeAll()
            histograms.removeAll()
            try sets[next].read(positions[next], from: range.from, through: range.through, into: column)
            let labels = sets[next].labels(positions[next])
            try append(labels, column)
            if form == .plain {
                try sets[next].readHistograms(positions[next], from: range.from, through: range.through, into: histograms)
                try append(labels, histograms)
            }
            for at in sets.indices where positions[at] < sets[at].count && sets[at].labels(positions[at]) == labels { positions[at] += 1 }
        }
        if form == .openMetrics { out += "# EOF\n".utf8 }
        try flush()
    }

    private func least(_ sets: [any SeriesSet], _ positions: [Int]) -> Int? {
        var least: (at: Int, labels: Labels)?
        for at in sets.indices where positions[at] < sets[at].count {
            let labels = sets[at].labels(positions[at])
            if least.map({ labels < $0.labels }) ?? true { least = (at, labels) }
        }
        return least?.at
    }

    private mutating func append(_ labels: Labels, _ column: SampleColumn) throws {
        let name = Array((form == .plain ? Self.plainName(labels) : Self.pageName(labels)).utf8)
        for at in 0..<column.count {
            let value = column.values[at]
            if form == .openMetrics, StaleMarker.isStale(value) { continue }
            try append(name, FloatFormat.general(value), column.times[at])
        }
    }

    private mutating func append(_ labels: Labels, _ column: HistogramColumn) throws {
        let name = Array(Self.plainName(labels).utf8)
        for (time, histogram) in zip(column.times, column.histograms) { try append(name, HistogramText.text(histogram), time) }
    }

    private mutating func append(_ name: [UInt8], _ value: String, _ time: Timestamp) throws {
        out += name
        out.append(UInt8(ascii: " "))
        out += value.utf8
        out.append(UInt8(ascii: " "))
        out += (form == .plain ? String(time) : Self.seconds(time)).utf8
        out.append(UInt8(ascii: "\n"))
        samples += 1
        if out.count > 1 << 18 { try flush() }
    }

    private mutating func flush() throws {
        try out.withUnsafeBytes { try write($0) }
        out.removeAll(keepingCapacity: true)
    }

    // MARK: Names

    private static func plainName(_ labels: Labels) -> String {
        "{" + labels.map { "\(plainOrQuoted($0.name))=\(quoted($0.value))" }.joined(separator: ", ") + "}"
    }

    private static func pageName(_ labels: Labels) -> String {
        let name = labels.metricName ?? ""
        let isPlain = LabelNames.isLegacyMetricName(name)
        var parts = labels.filter { $0.name != Labels.metricName }.map { "\(plainOrQuoted($0.name))=\(escaped($0.value))" }
        if !isPlain, !name.isEmpty { parts.insert(escaped(name), at: 0) }
        if parts.isEmpty { return isPlain ? name : "{}" }
        return (isPlain ? name : "") + "{" + parts.joined(separator: ",") + "}"
    }

    private static func plainOrQuoted(_ name: String) -> String { LabelNames.isLegacyLabelName(name) ? name : quoted(name) }

    /// A page knows three escapes and no more.
    private static func escaped(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    private static func seconds(_ time: Timestamp) -> String {
        let magnitude = time.magnitude
        return (time < 0 ? "-" : "") + "\(magnitude / 1000)." + String(magnitude % 1000 + 1000).dropFirst()
    }
}
