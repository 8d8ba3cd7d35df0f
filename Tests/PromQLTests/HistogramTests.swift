import Glibc
import Model
import Testing

@testable import PromQL

/// Native histograms in queries: what they are made of is known here, so that sums, quantiles and resets can be told from the observations.
@Suite struct HistogramTests {
    /// A histogram as a client would make it of observations.
    private func histogram(_ observations: [Double], schema: Int32, zeroThreshold: Double) -> SparseHistogram {
        var result = SparseHistogram()
        result.schema = schema
        result.zeroThreshold = zeroThreshold
        result.count = Double(observations.count)
        result.sum = observations.reduce(0, +)
        var sides: [[Int32: Double]] = [[:], [:]]
        for observation in observations {
            if abs(observation) <= zeroThreshold {
                result.zeroCount += 1
            } else {
                // The exact logarithm may fall on either side of a bound.
                var index = Int32(ceil(log2(abs(observation)) * exp2(Double(schema))))
                while BucketBounds.exponential(index, schema) < abs(observation) { index += 1 }
                while BucketBounds.exponential(index - 1, schema) >= abs(observation) { index -= 1 }
                sides[observation < 0 ? 1 : 0][index, default: 0] += 1
            }
        }
        func side(_ counts: [Int32: Double]) -> [IndexedCount] {
            counts.sorted { $0.key < $1.key }.map { IndexedCount(index: $0.key, count: $0.value) }
        }
        result.positive = side(sides[0])
        result.negative = side(sides[1])
        return result
    }

    private func observations(_ random: inout SplitMix) -> [Double] {
        (0..<(1 + random.next() % 40)).map { _ in
            let size = exp2(Double(random.next() % 1600) / 100 - 8)
            return random.next() % 3 == 0 ? -size : size
        }
    }

    private static let thresholds = [0, 0.0625, 1]

    /// The sum of two histograms is the histogram of both's observations, at the coarser scale of the two.
    @Test(arguments: 1...200)
    func sumsAreTheHistogramsOfAllObservations(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let (first, second) = (observations(&random), observations(&random))
        let schemas = (0..<2).map { _ in Int32(random.next() % 6) - 2 }
        let thresholds = (0..<2).map { _ in Self.thresholds[Int(random.next() % 3)] }
        let a = histogram(first, schema: schemas[0], zeroThreshold: thresholds[0])
        let b = histogram(second, schema: schemas[1], zeroThreshold: thresholds[1])
        var sum = HistogramSum(a)
        try sum.add(b)
        let total = sum.result()
        let wanted = histogram(first + second, schema: schemas.min() ?? 0, zeroThreshold: total.zeroThreshold)
        #expect(total.isAlmost(wanted.compacted()), "\(total.text) instead of \(wanted.text)")
        #expect(total.zeroThreshold >= thresholds.max() ?? 0)
        try sum.add(b, sign: -1)
        let back = sum.result()
        #expect(back.isAlmost(histogram(first, schema: back.schema, zeroThreshold: back.zeroThreshold).compacted()) && back.isGauge)
        let order = try { () throws(MixedSchemas) in
            var other = HistogramSum(b)
            try other.add(a)
            return other.result()
        }()
        #expect(order.isAlmost(total))
    }

    /// More observations are no reset, fewer are one.
    @Test(arguments: 1...200)
    func whatCountsLessWasReset(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        let before = observations(&random)
        let more = before + observations(&random)
        let threshold = Self.thresholds[Int(random.next() % 3)]
        let old = histogram(before, schema: 2, zeroThreshold: threshold)
        #expect(!histogram(more, schema: 2, zeroThreshold: threshold).isReset(after: old))
        #expect(!histogram(more, schema: 1, zeroThreshold: threshold).isReset(after: old))
        #expect(histogram(more, schema: 3, zeroThreshold: threshold).isReset(after: old))
        #expect(old.isReset(after: histogram(more, schema: 2, zeroThreshold: threshold)))
        // As many as before, but one of them elsewhere.
        let moved = histogram(before.dropLast() + [1e6], schema: 2, zeroThreshold: threshold)
        #expect(moved.isReset(after: old))
    }

    /// A quantile lies in the bucket in which the observation of its rank lies, and fractions and quantiles undo each other.
    @Test(arguments: 1...200)
    func quantilesLieInTheRightBucket(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        let sorted = observations(&random).map { abs($0) }.sorted()
        let made = histogram(sorted, schema: Int32(random.next() % 5), zeroThreshold: 0)
        for phi in [0, 0.1, 0.25, 0.5, 0.75, 0.99, 1] {
            let value = made.quantile(phi).value
            let rank = min(sorted.count - 1, max(0, Int((phi * Double(sorted.count)).rounded(.up)) - 1))
            let holds = made.placedBuckets.contains { bucket in
                let slack = bucket.upper * 1e-9
                return bucket.lower <= sorted[rank] && sorted[rank] <= bucket.upper && bucket.lower - slack <= value && value <= bucket.upper + slack
            }
            let isBetween = made.placedBuckets.contains { abs($0.upper - value) < value * 1e-9 || abs($0.lower - value) < value * 1e-9 }
            #expect(holds || isBetween, "φ \(phi): \(value), the observation is \(sorted[rank])")
            if phi > 0, phi < 1 { #expect(abs(made.fraction(-.infinity, value).value - phi) < 1e-9) }
        }
        #expect(made.quantile(-1).value == -.infinity && made.quantile(2).value == .infinity && made.quantile(.nan).value.isNaN)
    }

    /// What a cut takes away and what it leaves are together what was there.
    @Test(arguments: 1...100)
    func cutsLoseNothing(_ seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let made = histogram(observations(&random), schema: 1, zeroThreshold: 0.0625)
        let cut = observations(&random)[0]
        let (low, high) = (made.trimmed(above: cut), made.trimmed(below: cut))
        #expect(almostEqual(low.count + high.count, made.count))
        #expect(low.placedBuckets.allSatisfy { $0.lower < cut } && high.placedBuckets.allSatisfy { $0.upper > cut })
    }

    static let store = """
        load 1m
          h{i="a"} {{schema:0 count:4 sum:5 buckets:[1 2 1]}}x3
          h{i="b"} {{schema:-1 count:3 sum:7 buckets:[1 2]}}x3
          c{i="a"} {{schema:-53 count:3 sum:9 custom_values:[1 5] buckets:[1 1 1]}}x3
          c{i="b"} {{schema:-53 count:2 sum:3 custom_values:[5] buckets:[1 1]}}x3
          f 3x3
        """

    static let answers: [(query: String, answers: [String], note: String?)] = [
        ("sum(h)", ["{} {count:7, sum:12, (0.25,1]:2, (1,4]:5}"], nil),
        ("sum(c)", ["{} {count:5, sum:12, [-Inf,5]:3, (5,+Inf]:2}"], "mismatched custom buckets were reconciled during aggregation (1:5)"),
        (
            "sum({__name__=~\"[ch]\"})", [],
            "vector contains a mix of histograms with exponential and custom buckets schemas for metric name \"h\" (1:5)"
        ),
        ("sum({__name__=~\"[fh]\"})", [], "encountered a mix of histograms and floats for aggregation (1:5)"),
        ("max({__name__=~\"[fh]\"})", ["{} 3"], "ignored histogram in max aggregation (1:5)"),
        ("count({__name__=~\"[fh]\"})", ["{} 3"], nil),
        ("topk(5, {__name__=~\"[fh]\"})", ["f 3"], "ignored histogram in topk aggregation (1:1)"),
        ("h * 2", [#"{i="a"} {count:8, sum:10, (0.5,1]:2, (1,2]:4, (2,4]:2}"#, #"{i="b"} {count:6, sum:14, (0.25,1]:2, (1,4]:4}"#], nil),
        ("h + 2", [], #"incompatible sample types encountered for binary operator "+": histogram + float (1:1)"#),
        ("2 / h", [], #"incompatible sample types encountered for binary operator "/": float / histogram (1:1)"#),
        ("h > h", [], #"incompatible sample types encountered for binary operator ">": histogram > histogram (1:1)"#),
        ("h == bool h", [#"{i="a"} 1"#, #"{i="b"} 1"#], nil),
        ("h + c", [], "incompatible bucket layout encountered for binary operator + (1:1)"),
        ("-c{i=\"b\"}", [#"{i="b"} {count:-2, sum:-3, [-Inf,5]:-1, (5,+Inf]:-1}"#], nil),
        ("abs(h)", [], nil),
        ("histogram_count(h)", [#"{i="a"} 4"#, #"{i="b"} 3"#], nil),
        ("histogram_count(f)", [], nil),
        ("histogram_avg(c)", [#"{i="a"} 3"#, #"{i="b"} 1.5"#], nil),
        (
            "count_values(\"v\", h)",
            [
                #"{v="{count:4, sum:5, (0.5,1]:1, (1,2]:2, (2,4]:1}"} 1"#, #"{v="{count:3, sum:7, (0.25,1]:1, (1,4]:2}"} 1"#,
            ], nil
        ),
        ("delta(h{i=\"a\"}[5m])", ["{i=\"a\"} {count:0, sum:0}"], #"this native histogram metric is not a gauge: "h" (1:7)"#),
        ("max_over_time(h[5m])", [], nil),
        ("present_over_time(h{i=\"a\"}[5m])", [#"{i="a"} 1"#], nil),
    ]

    @Test(arguments: answers)
    func queries(_ query: String, _ wanted: [String], _ note: String?) throws {
        let store = try Store(Self.store)
        #expect(try store.instant(query, at: 180_000, experimentalEngine).sorted() == wanted.sorted())
        let result = try experimentalEngine.instant(query, at: 180_000, over: store.source)
        let notes = result.warnings + result.infos
        #expect(note.map { wanted in notes.contains { $0.hasSuffix(wanted) } } ?? notes.isEmpty, "\(notes)")
    }

    /// A NaN that looks like a mark of the engine's own is a number like others.
    @Test func noNumberIsTakenForAHistogram() throws {
        var source = try Store(Self.store).source
        let mark = Double(bitPattern: 0xfffc_4d41_0000_0000)
        source.add(ArraySource.Series(labels: Labels([(name: "__name__", value: "odd")]), times: [180_000], values: [mark]))
        let store = Store(source: source)
        #expect(try store.instant("odd", at: 180_000) == ["odd NaN"])
        #expect(try store.instant("count(h) + histogram_count(h{i=\"a\"}) * 0 or odd", at: 180_000, experimentalEngine).contains("odd NaN"))
        #expect(try store.instant("sum({__name__=~\"h|odd\"})", at: 180_000) == [])
    }
}
