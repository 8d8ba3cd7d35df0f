import Model
import PromQL

/// A native histogram in an answer: `[1.5,{"count":"4","sum":"5","buckets":[[0,"0.5","1","3"]]}]`, each bucket with a number for which of its bounds
/// belong to it, its bounds and its count.
enum HistogramJSON {
    static func append(_ time: Timestamp, _ histogram: FloatHistogram, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        SampleJSON.appendSeconds(time, to: &out)
        append(",{\"count\":", to: &out)
        append(histogram.count, to: &out)
        append(",\"sum\":", to: &out)
        append(histogram.sum, to: &out)
        let buckets = histogram.filledBuckets
        if !buckets.isEmpty {
            append(",\"buckets\":", to: &out)
            for (at, bucket) in buckets.enumerated() {
                out.append(at == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
                append(bucket, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        }
        append("}]", to: &out)
    }

    private static func append(_ bucket: HistogramBucket, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        out.append(bounds(bucket))
        for value in [bucket.lower, bucket.upper, bucket.count] {
            out.append(UInt8(ascii: ","))
            append(value, to: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    /// 0: the upper bound belongs to the bucket, 1: the lower, 2: neither, 3: both.
    private static func bounds(_ bucket: HistogramBucket) -> UInt8 {
        switch (bucket.includesLower, bucket.includesUpper) {
        case (false, true): UInt8(ascii: "0")
        case (true, false): UInt8(ascii: "1")
        case (false, false): UInt8(ascii: "2")
        case (true, true): UInt8(ascii: "3")
        }
    }

    private static func append(_ value: Double, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        FloatFormat.appendAPI(value, to: &out)
        out.append(UInt8(ascii: "\""))
    }

    private static func append(_ text: StaticString, to out: inout [UInt8]) {
        text.withUTF8Buffer { out.append(contentsOf: $0) }
    }
}
