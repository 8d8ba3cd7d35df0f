import Model

/// A native histogram as a script writes it: `{{schema:0 count:4 sum:5 z_bucket:1 z_bucket_w:0.001 offset:-1 buckets:[1 2] n_buckets:[1]}}`.
struct ScriptHistogram {
    var histogram = SparseHistogram()
    /// What must be known of its relation to the one before; nil: whatever.
    var hint: CounterResetHint?

    /// Reads what stands between the braces.
    init(_ text: Substring) throws(ScriptPoints.Malformed) {
        var positive: (offset: Int32, counts: [Double]) = (0, [])
        var negative: (offset: Int32, counts: [Double]) = (0, [])
        for (key, value) in try Self.fields(text) {
            switch key {
            case "schema": histogram.schema = try Self.whole(value)
            case "count": histogram.count = try Self.number(value)
            case "sum": histogram.sum = try Self.number(value)
            case "z_bucket": histogram.zeroCount = try Self.number(value)
            case "z_bucket_w": histogram.zeroThreshold = try Self.number(value)
            case "offset": positive.offset = try Self.whole(value)
            case "n_offset": negative.offset = try Self.whole(value)
            case "buckets": positive.counts = try Self.list(value)
            case "n_buckets": negative.counts = try Self.list(value)
            case "custom_values": histogram.bounds = try Self.list(value)
            case "counter_reset_hint": hint = try Self.hint(value)
            default: throw .init(message: "unknown part \(quoted(String(key))) of a histogram")
            }
        }
        histogram.hint = hint ?? .unknown
        histogram.positive = Self.side(positive)
        histogram.negative = Self.side(negative)
    }

    private static func side(_ side: (offset: Int32, counts: [Double])) -> [IndexedCount] {
        side.counts.enumerated().map { IndexedCount(index: side.offset &+ Int32($0.offset), count: $0.element) }
    }

    /// `key:value` or `key:[value value]`, apart by blanks.
    private static func fields(_ text: Substring) throws(ScriptPoints.Malformed) -> [(Substring, Substring)] {
        var fields: [(Substring, Substring)] = []
        var rest = text.trimmed
        while !rest.isEmpty {
            guard let colon = rest.firstIndex(of: ":") else { throw .init(message: "no `:` in the histogram part \(quoted(String(rest)))") }
            let key = rest[..<colon]
            rest = rest[rest.index(after: colon)...]
            let end = rest.first == "[" ? rest.firstIndex(of: "]").map { rest.index(after: $0) } : rest.firstIndex { $0.isWhitespace }
            fields.append((key, rest[..<(end ?? rest.endIndex)]))
            rest = rest[(end ?? rest.endIndex)...].trimmed
        }
        return fields
    }

    private static func number(_ text: Substring) throws(ScriptPoints.Malformed) -> Double {
        guard let value = FloatParsing.parse(String(text)) else { throw .init(message: "bad number \(quoted(String(text))) in a histogram") }
        return value
    }

    private static func whole(_ text: Substring) throws(ScriptPoints.Malformed) -> Int32 {
        guard let value = Int32(text) else { throw .init(message: "bad number \(quoted(String(text))) in a histogram") }
        return value
    }

    private static func list(_ text: Substring) throws(ScriptPoints.Malformed) -> [Double] {
        var values: [Double] = []
        for item in text.dropFirst().dropLast().split(whereSeparator: \.isWhitespace) { values.append(try number(item)) }
        return values
    }

    private static func hint(_ text: Substring) throws(ScriptPoints.Malformed) -> CounterResetHint {
        switch text {
        case "unknown": .unknown
        case "reset": .reset
        case "not_reset": .noReset
        case "gauge": .gauge
        default: throw .init(message: "unknown counter_reset_hint \(quoted(String(text)))")
        }
    }

    /// Whether a result is this one, as far as numbers are alike.
    func isAlmost(_ other: FloatHistogram) -> Bool {
        let (wanted, got) = (histogram.compacted(), SparseHistogram(other).compacted())
        return (hint.map { $0 == got.hint } ?? true) && wanted.isAlmost(got)
    }
}

extension SparseHistogram {
    func isAlmost(_ other: SparseHistogram) -> Bool {
        schema == other.schema && bounds == other.bounds && zeroThreshold == other.zeroThreshold && almostEqual(count, other.count)
            && almostEqual(sum, other.sum) && almostEqual(zeroCount, other.zeroCount) && Self.areAlmost(positive, other.positive)
            && Self.areAlmost(negative, other.negative)
    }

    private static func areAlmost(_ a: [IndexedCount], _ b: [IndexedCount]) -> Bool {
        a.elementsEqual(b) { $0.index == $1.index && almostEqual($0.count, $1.count) }
    }
}
