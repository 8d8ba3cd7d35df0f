import Model

/// Samples as `[seconds,"value"]`.
enum SampleJSON {
    /// Bytes that must be free for any sample.
    private static let room = DecimalText.room + FloatFormat.apiRoom + 16
    /// Samples that are written in one go.
    private static let atOnce = 64

    /// One sample of a vector. Milliseconds always have three digits: `1.500`.
    static func append(_ time: Timestamp, _ value: Double, to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { buffer in
            guard let base = buffer.baseAddress else { return }
            out.append(contentsOf: UnsafeBufferPointer(start: base, count: write(time, value, to: base)))
        }
    }

    /// The samples of a series, with commas between them. `times` and `values` have equal counts.
    static func append(_ times: [Timestamp], _ values: [Double], to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: atOnce * room) { buffer in
            guard let base = buffer.baseAddress else { return }
            var next = 0
            while next < times.count {
                var length = 0
                for at in next..<min(next + atOnce, times.count) {
                    if at > 0 {
                        base[length] = UInt8(ascii: ",")
                        length &+= 1
                    }
                    length &+= write(times[at], values[at], to: base + length)
                }
                next += atOnce
                out.append(contentsOf: UnsafeBufferPointer(start: base, count: length))
            }
        }
    }

    @inline(__always)
    private static func write(_ time: Timestamp, _ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
        out[0] = UInt8(ascii: "[")
        var at = 1 &+ writeSeconds(time, to: out + 1)
        out[at] = UInt8(ascii: ",")
        out[at &+ 1] = UInt8(ascii: "\"")
        at &+= 2
        at &+= FloatFormat.writeAPI(value, to: out + at)
        out[at] = UInt8(ascii: "\"")
        out[at &+ 1] = UInt8(ascii: "]")
        return at &+ 2
    }

    /// `1435781451.781`; whole seconds have no fraction.
    @inline(__always)
    private static func writeSeconds(_ time: Timestamp, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var at = 0
        if time < 0 {
            out[0] = UInt8(ascii: "-")
            at = 1
        }
        let (seconds, fraction) = time.magnitude.quotientAndRemainder(dividingBy: 1000)
        at &+= DecimalText.write(seconds, to: out + at)
        if fraction == 0 { return at }
        out[at] = UInt8(ascii: ".")
        DecimalText.writeThree(UInt32(truncatingIfNeeded: fraction), to: out + at + 1)
        return at &+ 4
    }

    /// Appends a time alone.
    static func appendSeconds(_ time: Timestamp, to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { buffer in
            guard let base = buffer.baseAddress else { return }
            out.append(contentsOf: UnsafeBufferPointer(start: base, count: writeSeconds(time, to: base)))
        }
    }

    /// Seconds as Prometheus writes them for scalars and strings: the shortest form, `1.5`.
    static func shortSeconds(_ time: Timestamp) -> String { FloatFormat.plain(Double(time) / 1000) }
}
