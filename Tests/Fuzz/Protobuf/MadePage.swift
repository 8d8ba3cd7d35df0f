public import Model
import TestKit

/// A page before it is written in any format.
public struct MadePage: Sendable {
    public struct Exemplar: Sendable {
        public var labels: [(name: String, value: String)]
        public var value: Double
        /// Milliseconds.
        public var time: Int64?

        public init(labels: [(name: String, value: String)], value: Double, time: Int64? = nil) {
            self.labels = labels
            self.value = value
            self.time = time
        }
    }

    /// A bucket with all observations up to its bound, or a quantile.
    public struct Point: Sendable {
        public var bound: Double
        public var value: Double
        public var exemplar: Exemplar?

        public init(_ bound: Double, _ value: Double, _ exemplar: Exemplar? = nil) {
            self.bound = bound
            self.value = value
            self.exemplar = exemplar
        }
    }

    public struct Metric: Sendable {
        public var labels: [(name: String, value: String)] = []
        /// Milliseconds; 0: none.
        public var time: Int64 = 0
        public var value = 0.0
        public var count: UInt64 = 0
        public var sum = 0.0
        public var points: [Point] = []
        public var native: NativeHistogram?
        /// Of a counter the first, of a native histogram all.
        public var exemplars: [Exemplar] = []
        public var created: Int64?
        /// A histogram's, in the place of `count`.
        public var fractionalCount: Double?

        public init() {}

        public init(_ labels: [(name: String, value: String)], _ value: Double) {
            self.labels = labels
            self.value = value
        }
    }

    public enum Kind: UInt64, Sendable, CaseIterable { case counter, gauge, summary, untyped, histogram, gaugeHistogram }

    public struct Family: Sendable {
        public var name: String
        public var kind: Kind
        public var help: String
        public var unit: String
        public var metrics: [Metric]

        public init(_ name: String, _ kind: Kind, help: String = "", unit: String = "", _ metrics: [Metric]) {
            self.name = name
            self.kind = kind
            self.help = help
            self.unit = unit
            self.metrics = metrics
        }
    }

    public var families: [Family]

    public init(_ families: [Family]) { self.families = families }
}

// MARK: Protobuf

extension MadePage {
    /// Delimited messages `io.prometheus.client.MetricFamily`.
    public var protobuf: [UInt8] {
        var page = WireMaker()
        for family in families {
            let message = family.message
            page.varint(UInt64(message.count))
            for byte in message { page.raw(byte) }
        }
        return page.bytes
    }
}

extension MadePage.Family {
    public var message: [UInt8] {
        var out = WireMaker()
        out.text(1, name)
        out.text(2, help)
        out.integer(3, kind.rawValue)
        for metric in metrics { out.message(4) { metric.write(kind, to: &$0) } }
        if !unit.isEmpty { out.text(5, unit) }
        return out.bytes
    }
}

extension MadePage.Metric {
    fileprivate func write(_ kind: MadePage.Kind, to out: inout WireMaker) {
        for label in labels { out.label(1, label) }
        switch kind {
        case .gauge: out.message(2) { $0.double(1, value) }
        case .counter:
            out.message(3) { counter in
                counter.double(1, value)
                if let exemplar = exemplars.first { counter.exemplar(2, exemplar) }
                if let created { counter.time(3, created) }
            }
        case .summary:
            out.message(4) { summary in
                summary.integer(1, count)
                summary.double(2, sum)
                for point in points {
                    summary.message(3) {
                        $0.double(1, point.bound)
                        $0.double(2, point.value)
                    }
                }
                if let created { summary.time(4, created) }
            }
        case .untyped: out.message(5) { $0.double(1, value) }
        case .histogram, .gaugeHistogram: out.message(7) { writeHistogram(to: &$0) }
        }
        if time != 0 { out.integer(6, time) }
    }

    private func writeHistogram(to out: inout WireMaker) {
        if native == nil { out.integer(1, count) }
        if let fractionalCount { out.double(4, fractionalCount) }
        out.double(2, native?.fractions.sum ?? sum)
        for point in points {
            out.message(3) { bucket in
                if point.value == point.value.rounded(), point.value >= 0, point.value < 1e15 {
                    bucket.integer(1, UInt64(point.value))
                } else {
                    bucket.double(4, point.value)
                }
                bucket.double(2, point.bound)
                if let exemplar = point.exemplar { bucket.exemplar(3, exemplar) }
            }
        }
        if let native { Self.write(native, to: &out) }
        if let created { out.time(15, created) }
        for exemplar in exemplars { out.exemplar(16, exemplar) }
    }

    private static func write(_ native: NativeHistogram, to out: inout WireMaker) {
        let layout = native.layout
        out.signed(5, Int64(layout.schema))
        out.double(6, layout.zeroThreshold)
        for span in layout.negativeSpans { out.span(9, span) }
        for span in layout.positiveSpans { out.span(12, span) }
        switch native {
        case .whole(let histogram):
            out.integer(1, histogram.count)
            out.integer(7, histogram.zeroCount)
            for delta in histogram.negativeDeltas { out.signed(10, delta) }
            // Packed, as most write them.
            var packed = WireMaker()
            for delta in histogram.positiveDeltas { packed.zigzag(delta) }
            out.field(13, packed.bytes)
        case .fractional(let histogram):
            out.double(4, histogram.count)
            out.double(8, histogram.zeroCount)
            for count in histogram.negativeCounts { out.double(11, count) }
            var packed = WireMaker()
            for count in histogram.positiveCounts { packed.bits(count) }
            out.field(14, packed.bytes)
        }
        // Tells an empty one from none.
        if layout.positiveSpans.isEmpty, layout.negativeSpans.isEmpty { out.span(12, BucketSpan(offset: 0, length: 0)) }
    }
}

extension WireMaker {
    fileprivate mutating func label(_ field: UInt64, _ label: (name: String, value: String)) {
        message(field) {
            $0.text(1, label.name)
            $0.text(2, label.value)
        }
    }

    fileprivate mutating func exemplar(_ field: UInt64, _ exemplar: MadePage.Exemplar) {
        message(field) { out in
            for label in exemplar.labels { out.label(1, label) }
            out.double(2, exemplar.value)
            if let time = exemplar.time { out.time(3, time) }
        }
    }

    fileprivate mutating func time(_ field: UInt64, _ milliseconds: Int64) {
        message(field) {
            $0.integer(1, milliseconds / 1000)
            $0.integer(2, milliseconds % 1000 * 1_000_000)
        }
    }

    fileprivate mutating func span(_ field: UInt64, _ span: BucketSpan) {
        message(field) {
            $0.signed(1, Int64(span.offset))
            $0.integer(2, UInt64(span.length))
        }
    }
}

// MARK: Text

extension MadePage {
    /// The same in Prometheus text, as far as that goes: without exemplars, units and native histograms.
    public var text: String {
        var lines: [String] = []
        for family in families where !family.metrics.isEmpty {
            lines.append("# HELP \(family.name) \(family.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))")
            lines.append("# TYPE \(family.name) \(family.kind)")
            for metric in family.metrics { lines += metric.lines(family) }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension MadePage.Metric {
    fileprivate func lines(_ family: MadePage.Family) -> [String] {
        func line(_ suffix: String, _ value: Double, _ more: [(name: String, value: String)] = []) -> String {
            let labels = (labels + more).map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
            return "\(family.name)\(suffix)\(labels.isEmpty ? "" : "{\(labels)}") \(FloatFormat.general(value))\(time == 0 ? "" : " \(time)")"
        }
        func points(_ suffix: String, _ name: String) -> [String] {
            self.points.map { line(suffix, $0.value, [(name, FloatFormat.general($0.bound))]) }
        }
        switch family.kind {
        case .counter, .gauge, .untyped: return [line("", value)]
        case .summary: return points("", "quantile") + [line("_sum", sum), line("_count", Double(count))]
        case .histogram, .gaugeHistogram:
            let isWhole = self.points.last?.bound == .infinity
            let end = isWhole ? [] : [line("_bucket", Double(count), [("le", "+Inf")])]
            return points("_bucket", "le") + end + [line("_sum", sum), line("_count", Double(count))]
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing("\"", with: "\\\"")
    }
}
