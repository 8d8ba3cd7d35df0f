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
    /// - Parameters:
    ///   - values: as many as `times`.
    ///   - texts: of these times, if they are known.
    static func append(_ times: [Timestamp], _ values: [Double], _ texts: TimeTexts?, from start: Int, to out: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: atOnce * room) { buffer in
            guard let base = buffer.baseAddress else { return }
            var length = 0
            for at in start..<min(start + atOnce, values.count) {
                if let texts {
                    length &+= texts.write(at, to: base + length)
                } else {
                    length &+= writeBegin(times[at], to: base + length)
                }
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

    /// What stands before the value: `,[1435781451.781,"`.
    @inline(__always)
    fileprivate static func writeBegin(_ time: Timestamp, to out: UnsafeMutablePointer<UInt8>) -> Int {
        out[0] = UInt8(ascii: ",")
        out[1] = UInt8(ascii: "[")
        let end = 2 &+ writeSeconds(time, to: out + 2)
        out[end] = UInt8(ascii: ",")
        out[end &+ 1] = UInt8(ascii: "\"")
        return end &+ 2
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

/// What stands before the values of a series' samples, of all its times: most series of an answer have the same ones.
struct TimeTexts {
    /// Bytes that every text takes up in memory; the longest has 25.
    static let width = 32
    /// So many times every range query may have; of more there would be too much to remember.
    private static let most = Int(StepRange.pointLimit) + 1

    private var times: [Timestamp] = []
    private var texts: [UInt8] = []
    private var lengths: [UInt8] = []

    /// Whether these are the texts of the times of a further series; they are from the second series on that has the same times.
    mutating func know(_ times: [Timestamp]) -> Bool {
        guard times == self.times else {
            self.times = times
            lengths.removeAll(keepingCapacity: true)
            return false
        }
        guard times.count <= Self.most else { return false }
        if lengths.isEmpty { write() }
        return true
    }

    private mutating func write() {
        if texts.count < times.count * Self.width { texts = [UInt8](repeating: 0, count: times.count * Self.width) }
        texts.withUnsafeMutableBufferPointer { buffer in
            guard var out = buffer.baseAddress else { return }
            for time in times {
                lengths.append(UInt8(truncatingIfNeeded: SampleJSON.writeBegin(time, to: out)))
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
