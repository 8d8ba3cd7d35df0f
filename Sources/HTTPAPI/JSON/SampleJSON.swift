import Model

/// Samples as `[seconds,"value"]`.
enum SampleJSON {
    /// Bytes that must be free for any sample.
    private static let room = TimeTexts.width + FloatFormat.apiRoom + 8
    /// Samples that are written in one go.
    static let atOnce = 64

    /// One sample of a vector. Milliseconds always have three digits: `1.500`.
    static func append(_ time: Timestamp, _ value: Double, to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { buffer in
            guard let base = buffer.baseAddress else { return }
            out.append(contentsOf: UnsafeBufferPointer(start: base, count: write(time, value, to: base)))
        }
    }

    /// Up to `atOnce` samples of a series, from one on, with commas between them and before them if they are not the first.
    ///
    /// - Parameter times: the series' times, of which there are as many as of `values`.
    static func append(_ times: TimeTexts, _ values: [Double], from start: Int, to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: atOnce * room) { buffer in
            guard let base = buffer.baseAddress else { return }
            var length = 0
            for at in start..<min(start + atOnce, values.count) {
                length &+= times.write(at, to: base + length)
                length &+= FloatFormat.writeAPI(values[at], to: base + length)
                base[length] = UInt8(ascii: "\"")
                base[length &+ 1] = UInt8(ascii: "]")
                length &+= 2
            }
            let first = start == 0 ? 1 : 0
            out.append(contentsOf: UnsafeBufferPointer(start: base + first, count: max(0, length - first)))
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
    fileprivate static func writeSeconds(_ time: Timestamp, to out: UnsafeMutablePointer<UInt8>) -> Int {
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

/// What stands before the values of a series' samples, `,[1435781451.781,"`, of all at once: most series of an answer have the same times.
struct TimeTexts {
    /// Bytes that every text takes up in memory; the longest has 27.
    static let width = 32

    private var times: [Timestamp] = []
    private var texts: [UInt8] = []
    private var lengths: [UInt8] = []

    /// Makes them those of other times.
    mutating func become(_ times: [Timestamp]) {
        if times == self.times { return }
        self.times = times
        if texts.count < times.count * Self.width { texts = [UInt8](repeating: 0, count: times.count * Self.width) }
        lengths.removeAll(keepingCapacity: true)
        texts.withUnsafeMutableBufferPointer { buffer in
            guard var out = buffer.baseAddress else { return }
            for time in times {
                out[0] = UInt8(ascii: ",")
                out[1] = UInt8(ascii: "[")
                let end = 2 &+ SampleJSON.writeSeconds(time, to: out + 2)
                out[end] = UInt8(ascii: ",")
                out[end &+ 1] = UInt8(ascii: "\"")
                lengths.append(UInt8(truncatingIfNeeded: end &+ 2))
                out += Self.width
            }
        }
    }

    /// Writes the text of one time; gives its length. What is behind it is overwritten too, up to `width`.
    @inline(__always)
    func write(_ index: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
        texts.withUnsafeBufferPointer { texts in
            guard let base = texts.baseAddress else { return }
            out.update(from: base + index &* Self.width, count: Self.width)
        }
        return Int(lengths[index])
    }
}
