/// A run of neighbouring buckets of a native histogram.
public struct BucketSpan: Hashable, Sendable, BitwiseCopyable {
    /// How many buckets are left out since the end of the span before; for the first span the index of its first bucket, which may be negative.
    public var offset: Int32
    /// How many buckets the run has.
    public var length: UInt32

    public init(offset: Int32, length: UInt32) {
        self.offset = offset
        self.length = length
    }
}

/// Which buckets a native histogram has, without their counts.
///
/// In schemas -4…8 bucket `i` of the positive side ends at 2^(i · 2^-schema) and begins, not included, at the end of bucket `i - 1`; the negative
/// side mirrors it, and what is nearer to zero than `zeroThreshold` has a bucket of its own. Schema -53 has bounds of its own: bucket `i` ends at
/// `customValues[i]`, and one more without an end follows.
public struct HistogramLayout: Sendable {
    public static let customSchema: Int32 = -53
    public static let exponentialSchemas: ClosedRange<Int32> = -4...8

    public var schema: Int32
    public var zeroThreshold: Double
    public var positiveSpans: [BucketSpan]
    public var negativeSpans: [BucketSpan]
    /// Upper bounds, ascending; empty unless the schema is `customSchema`.
    public var customValues: [Double]

    public init(
        schema: Int32 = 0, zeroThreshold: Double = 0, positiveSpans: [BucketSpan] = [], negativeSpans: [BucketSpan] = [], customValues: [Double] = []
    ) {
        self.schema = schema
        self.zeroThreshold = zeroThreshold
        self.positiveSpans = positiveSpans
        self.negativeSpans = negativeSpans
        self.customValues = customValues
    }

    public var isCustom: Bool { schema == Self.customSchema }
    public var positiveBuckets: Int { Self.count(positiveSpans) }
    public var negativeBuckets: Int { Self.count(negativeSpans) }

    /// Whether both measure with the same rule: schema, zero threshold and bounds. They may have different buckets of it.
    public func hasSameScale(as other: HistogramLayout) -> Bool {
        schema == other.schema && zeroThreshold.bitPattern == other.zeroThreshold.bitPattern && hasSameBounds(as: other)
    }

    public func hasSameBounds(as other: HistogramLayout) -> Bool { sameBits(customValues, other.customValues) }

    private static func count(_ spans: [BucketSpan]) -> Int { spans.reduce(0) { $0 &+ Int($1.length) } }

    /// The indices of the buckets that spans stand for, ascending.
    public static func indices(_ spans: [BucketSpan]) -> [Int32] {
        var indices: [Int32] = []
        indices.reserveCapacity(count(spans))
        var next: Int32 = 0
        for span in spans {
            next &+= span.offset
            for _ in 0..<span.length {
                indices.append(next)
                next &+= 1
            }
        }
        return indices
    }

    /// The shortest spans that stand for ascending indices.
    public static func spans(_ indices: [Int32]) -> [BucketSpan] {
        var spans: [BucketSpan] = []
        var next: Int32 = 0
        for index in indices {
            if index == next, !spans.isEmpty {
                spans[spans.count - 1].length += 1
            } else {
                spans.append(BucketSpan(offset: index &- next, length: 1))
            }
            next = index &+ 1
        }
        return spans
    }

    /// Refuses a layout that no correct program writes; whatever passes can be walked over without further checks.
    public func check() throws(InvalidHistogram) {
        guard Self.exponentialSchemas.contains(schema) || isCustom else { throw InvalidHistogram("schema \(schema) is not known") }
        guard zeroThreshold >= 0, zeroThreshold.isFinite else { throw InvalidHistogram("the zero threshold \(zeroThreshold) is no width") }
        try Self.check(positiveSpans, "positive")
        try Self.check(negativeSpans, "negative")
        if isCustom {
            try checkCustom()
        } else if !customValues.isEmpty {
            throw InvalidHistogram("bounds of its own belong to schema \(Self.customSchema), not to \(schema)")
        }
    }

    private static func check(_ spans: [BucketSpan], _ side: String) throws(InvalidHistogram) {
        var next: Int64 = 0
        for (position, span) in spans.enumerated() {
            if position > 0, span.offset < 0 { throw InvalidHistogram("\(side) span \(position + 1) begins within the one before") }
            next += Int64(span.offset) + Int64(span.length)
            guard next <= Int64(Int32.max), next >= Int64(Int32.min) else {
                throw InvalidHistogram("\(side) span \(position + 1) leads to bucket \(next)")
            }
        }
    }

    private func checkCustom() throws(InvalidHistogram) {
        guard zeroThreshold == 0, negativeSpans.isEmpty else {
            throw InvalidHistogram("with bounds of its own there is neither a zero bucket nor a negative side")
        }
        for (position, bound) in customValues.enumerated() {
            guard bound.isFinite else { throw InvalidHistogram("bound \(position + 1) is \(bound)") }
            if position > 0, bound <= customValues[position - 1] { throw InvalidHistogram("bound \(position + 1) is not above the one before") }
        }
        let end = positiveSpans.reduce(Int64(0)) { $0 + Int64($1.offset) + Int64($1.length) }
        guard positiveSpans.first.map({ $0.offset >= 0 }) ?? true, end <= customValues.count + 1 else {
            throw InvalidHistogram("\(customValues.count) bounds have no bucket \(end - 1)")
        }
    }
}

extension HistogramLayout: Equatable {
    /// To the bit.
    public static func == (a: HistogramLayout, b: HistogramLayout) -> Bool {
        a.hasSameScale(as: b) && a.positiveSpans == b.positiveSpans && a.negativeSpans == b.negativeSpans
    }
}

/// Whether two lists of numbers are the same to the bit, NaN included.
func sameBits(_ a: [Double], _ b: [Double]) -> Bool { a.elementsEqual(b) { $0.bitPattern == $1.bitPattern } }

/// A native histogram from outside that contradicts itself.
public struct InvalidHistogram: Error, Equatable, CustomStringConvertible {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }

    public var description: String { "invalid histogram: \(reason)" }
}
