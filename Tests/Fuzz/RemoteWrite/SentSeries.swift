import Model
import TestKit

/// A series as a sender has it, and how it goes into the messages.
public struct SentSeries: Sendable {
    public struct SentExemplar: Sendable {
        public var labels: [(String, String)]
        public var value: Double
        public var time: Timestamp

        public init(labels: [(String, String)], value: Double, time: Timestamp) {
            self.labels = labels
            self.value = value
            self.time = time
        }
    }

    /// In the order in which they are sent.
    public var labels: [(String, String)]
    public var samples: [(time: Timestamp, value: Double)] = []
    public var histograms: [(time: Timestamp, histogram: NativeHistogram)] = []
    public var exemplars: [SentExemplar] = []
    /// Of version 2 only.
    public var metadata: (type: UInt64, help: String, unit: String)?
    public var startTime: Timestamp?
    /// The same with each sample, as later versions have it.
    public var sampleStart: Timestamp?

    public init(_ labels: [(String, String)], _ samples: [(time: Timestamp, value: Double)] = []) {
        self.labels = labels
        self.samples = samples
    }

    /// The message of version 1 with these series.
    public static func version1(_ all: [SentSeries]) -> [UInt8] {
        var maker = WireMaker()
        for series in all {
            maker.message(1) { message in
                put(series.labels, &message)
                put(series.samples, &message)
                for exemplar in series.exemplars {
                    message.message(3) {
                        put(exemplar.labels, &$0); put(exemplar, &$0)
                    }
                }
                put(series.histograms, 4, &message)
            }
        }
        return maker.bytes
    }

    /// The same of version 2.
    public static func version2(_ all: [SentSeries]) -> [UInt8] {
        var symbols = Symbols()
        var body = WireMaker()
        for series in all {
            body.message(5) { message in
                message.field(1, symbols.numbers(series.labels))
                put(series.samples, &message, start: series.sampleStart)
                put(series.histograms, 3, &message)
                for exemplar in series.exemplars {
                    message.message(4) {
                        $0.field(1, symbols.numbers(exemplar.labels)); put(exemplar, &$0)
                    }
                }
                if let metadata = series.metadata {
                    message.message(5) {
                        $0.integer(1, metadata.type)
                        $0.integer(3, symbols.number(metadata.help))
                        $0.integer(4, symbols.number(metadata.unit))
                    }
                }
                if let time = series.startTime { message.integer(6, time) }
            }
        }
        var maker = WireMaker()
        for text in symbols.texts { maker.text(4, text) }
        return maker.bytes + body.bytes
    }

    private struct Symbols {
        var texts = [""]
        private var known: [[UInt8]: UInt64] = [[]: 0]

        mutating func number(_ text: String) -> UInt64 {
            if let number = known[Array(text.utf8)] { return number }
            texts.append(text)
            known[Array(text.utf8)] = UInt64(texts.count - 1)
            return UInt64(texts.count - 1)
        }

        mutating func numbers(_ labels: [(String, String)]) -> [UInt8] {
            var packed = WireMaker()
            for (name, value) in labels {
                packed.varint(number(name))
                packed.varint(number(value))
            }
            return packed.bytes
        }
    }

    private static func put(_ labels: [(String, String)], _ message: inout WireMaker) {
        for (name, value) in labels {
            message.message(1) {
                $0.text(1, name)
                $0.text(2, value)
            }
        }
    }

    private static func put(_ samples: [(time: Timestamp, value: Double)], _ message: inout WireMaker, start: Timestamp? = nil) {
        for (time, value) in samples {
            message.message(2) {
                $0.double(1, value)
                $0.integer(2, time)
                if let start { $0.integer(3, start) }
            }
        }
    }

    private static func put(_ exemplar: SentExemplar, _ message: inout WireMaker) {
        message.double(2, exemplar.value)
        message.integer(3, exemplar.time)
    }

    private static func put(_ histograms: [(time: Timestamp, histogram: NativeHistogram)], _ field: UInt64, _ message: inout WireMaker) {
        for (time, histogram) in histograms {
            message.message(field) {
                switch histogram {
                case .whole(let histogram): put(histogram, &$0)
                case .fractional(let histogram): put(histogram, &$0)
                }
                $0.integer(15, time)
            }
        }
    }

    private static func put(_ histogram: Histogram, _ message: inout WireMaker) {
        message.integer(1, histogram.count)
        message.integer(6, histogram.zeroCount)
        put(histogram.layout, histogram.sum, histogram.hint, &message)
        for (field, deltas) in [(UInt64(9), histogram.negativeDeltas), (12, histogram.positiveDeltas)] where !deltas.isEmpty {
            var packed = WireMaker()
            for delta in deltas { packed.zigzag(delta) }
            message.field(field, packed.bytes)
        }
    }

    private static func put(_ histogram: FloatHistogram, _ message: inout WireMaker) {
        message.double(2, histogram.count)
        message.double(7, histogram.zeroCount)
        put(histogram.layout, histogram.sum, histogram.hint, &message)
        for (field, counts) in [(UInt64(10), histogram.negativeCounts), (13, histogram.positiveCounts)] where !counts.isEmpty {
            message.field(field, packed(counts))
        }
    }

    private static func put(_ layout: HistogramLayout, _ sum: Double, _ hint: CounterResetHint, _ message: inout WireMaker) {
        message.double(3, sum)
        message.signed(4, Int64(layout.schema))
        message.double(5, layout.zeroThreshold)
        for (field, spans) in [(UInt64(8), layout.negativeSpans), (11, layout.positiveSpans)] {
            for span in spans {
                message.message(field) {
                    $0.signed(1, Int64(span.offset))
                    $0.integer(2, UInt64(span.length))
                }
            }
        }
        message.integer(14, UInt64(hint.rawValue))
        if !layout.customValues.isEmpty { message.field(16, packed(layout.customValues)) }
    }

    private static func packed(_ numbers: [Double]) -> [UInt8] {
        var packed = WireMaker()
        for number in numbers { packed.bits(number) }
        return packed.bytes
    }
}
