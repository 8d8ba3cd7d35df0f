import Model

/// Samples as `[seconds,"value"]`.
enum SampleJSON {
    /// Of a vector or matrix. Milliseconds always have three digits: `1.500`.
    static func append(_ time: Timestamp, _ value: Double, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        appendSeconds(time, to: &out)
        out.append(UInt8(ascii: ","))
        out.append(UInt8(ascii: "\""))
        FloatFormat.appendAPI(value, to: &out)
        out.append(UInt8(ascii: "\""))
        out.append(UInt8(ascii: "]"))
    }

    /// `1435781451.781`; whole seconds have no fraction.
    static func appendSeconds(_ time: Timestamp, to out: inout [UInt8]) {
        if time < 0 { out.append(UInt8(ascii: "-")) }
        let (seconds, fraction) = time.magnitude.quotientAndRemainder(dividingBy: 1000)
        appendInteger(seconds, to: &out)
        guard fraction > 0 else { return }
        out.append(UInt8(ascii: "."))
        let digits = UInt32(truncatingIfNeeded: fraction)
        out.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digits / 100))
        out.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digits / 10 % 10))
        out.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digits % 10))
    }

    private static func appendInteger(_ value: UInt64, to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var at = 20
            repeat {
                at &-= 1
                digits[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            out.append(contentsOf: UnsafeMutableBufferPointer(rebasing: digits[at..<20]))
        }
    }

    /// Seconds as Prometheus writes them for scalars and strings: the shortest form, `1.5`.
    static func shortSeconds(_ time: Timestamp) -> String { FloatFormat.plain(Double(time) / 1000) }
}
