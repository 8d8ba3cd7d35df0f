import Model
import PromQL
import TSDB

/// The `data` of an answered query: `{"resultType":…,"result":…}`, the type first, so that clients can read the result as it arrives.
enum QueryResultJSON {
    static func append(_ value: QueryValue, stats: QueryStatistics?, to json: inout JSONWriter) {
        json.object { json in
            json.member("resultType", typeName(value))
            json.key("result")
            result(value, to: &json)
            if let stats {
                json.key("stats")
                stats.append(to: &json)
            }
        }
    }

    private static func typeName(_ value: QueryValue) -> String {
        switch value {
        case .scalar: "scalar"
        case .string: "string"
        case .vector: "vector"
        case .matrix: "matrix"
        }
    }

    private static func result(_ value: QueryValue, to json: inout JSONWriter) {
        switch value {
        case .scalar(let sample):
            json.array { json in
                json.raw(SampleJSON.shortSeconds(sample.time))
                // Unlike a vector's values, a scalar's never has an exponent.
                json.string(FloatFormat.plain(sample.value))
            }
        case .string(let time, let text):
            json.array { json in
                json.raw(SampleJSON.shortSeconds(time))
                json.string(text, .htmlShort)
            }
        case .vector(let samples):
            json.array { json in
                for one in samples {
                    json.withBytes { append(one, to: &$0) }
                    guard json.flush() else { return }
                }
            }
        case .matrix(let matrix):
            json.array { json in
                var times = TimeTexts()
                for series in matrix where !append(series, &times, to: &json) { return }
            }
        }
    }

    private static func append(_ one: VectorSample, to out: inout [UInt8]) {
        append("{\"metric\":", to: &out)
        JSONEscaping.appendLabels(one.labels, to: &out)
        if let histogram = one.histogram {
            append(",\"histogram\":", to: &out)
            HistogramJSON.append(one.sample.time, histogram, to: &out)
        } else {
            append(",\"value\":", to: &out)
            SampleJSON.append(one.sample.time, one.sample.value, to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }

    /// False if nobody wants the rest.
    private static func append(_ series: MatrixSeries, _ times: inout TimeTexts, to json: inout JSONWriter) -> Bool {
        json.withBytes { out in
            append("{\"metric\":", to: &out)
            JSONEscaping.appendLabels(series.labels, to: &out)
        }
        if !series.times.isEmpty || series.histograms.isEmpty {
            json.goOn { append(",\"values\":[", to: &$0) }
            let texts = times.know(series.times) ? times : nil
            for start in stride(from: 0, to: series.values.count, by: SampleJSON.atOnce) {
                json.goOn { SampleJSON.append(series.times, series.values, texts, from: start, to: &$0) }
                guard json.flush() else { return false }
            }
            json.goOn { append("]", to: &$0) }
        }
        if !series.histograms.isEmpty {
            json.goOn { append(",\"histograms\":[", to: &$0) }
            for (at, sample) in series.histograms.enumerated() {
                json.goOn { out in
                    if at > 0 { out.append(UInt8(ascii: ",")) }
                    HistogramJSON.append(sample.time, sample.histogram, to: &out)
                }
                guard json.flush() else { return false }
            }
            json.goOn { append("]", to: &$0) }
        }
        json.goOn { append("}", to: &$0) }
        return json.flush()
    }

    private static func append(_ text: StaticString, to out: inout [UInt8]) {
        text.withUTF8Buffer { out.append(contentsOf: $0) }
    }
}

/// What a query cost, for `stats=`.
struct QueryStatistics: Sendable {
    /// Nanoseconds between the request and the moment a thread was free for it.
    var queued: Int64
    /// Nanoseconds of evaluation.
    var evaluated: Int64
    var samplesRead: Int
    /// How many of them were windows of tiers; nil if it is not asked for.
    var samplesByTier: [Tier: Int]?

    func append(to json: inout JSONWriter) {
        json.object { json in
            json.key("timings")
            json.object { json in
                json.member("evalTotalTime", number: seconds(evaluated))
                json.member("resultSortTime", 0)
                json.member("queryPreparationTime", 0)
                json.member("innerEvalTime", number: seconds(evaluated))
                json.member("execQueueTime", number: seconds(queued))
                json.member("execTotalTime", number: seconds(evaluated))
            }
            json.key("samples")
            json.object { json in
                json.member("totalQueryableSamples", samplesRead)
                json.member("peakSamples", samplesRead)
                if let samplesByTier {
                    json.key("samplesByTier")
                    append(samplesByTier, to: &json)
                }
            }
        }
    }

    private func append(_ windows: [Tier: Int], to json: inout JSONWriter) {
        json.object { json in
            json.member("raw", windows.values.reduce(samplesRead, -))
            json.member("5m", windows[.fiveMinutes] ?? 0)
            json.member("1h", windows[.hour] ?? 0)
        }
    }

    private func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }
}
