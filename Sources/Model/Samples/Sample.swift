/// Milliseconds since 1970-01-01 UTC, as everywhere in the TSDB.
public typealias Timestamp = Int64

/// One float value at one time.
public struct Sample: Sendable, BitwiseCopyable {
    public var time: Timestamp
    public var value: Double

    public init(time: Timestamp, value: Double) {
        self.time = time
        self.value = value
    }
}

/// Two NaNs are told apart by their bits: a stale marker ends a series, an ordinary NaN is a value.
public enum StaleMarker {
    public static let bits: UInt64 = 0x7ff0_0000_0000_0002
    public static let value = Double(bitPattern: bits)
    /// The NaN that arithmetic and parsers give.
    public static let ordinaryNaN = Double(bitPattern: 0x7ff8_0000_0000_0001)

    @inlinable
    public static func isStale(_ value: Double) -> Bool { value.bitPattern == bits }
}

extension Timestamp {
    /// The time `milliseconds` later, or the end of time if that comes first.
    public func later(by milliseconds: Int64) -> Timestamp {
        let (sum, overflow) = addingReportingOverflow(milliseconds)
        return overflow ? (milliseconds > 0 ? .max : .min) : sum
    }

    /// The time `milliseconds` earlier, or the beginning of time if that comes first.
    public func earlier(by milliseconds: Int64) -> Timestamp {
        let (difference, overflow) = subtractingReportingOverflow(milliseconds)
        return overflow ? (milliseconds > 0 ? .min : .max) : difference
    }
}
