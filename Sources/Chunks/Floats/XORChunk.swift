public import Model

/// Reading chunks of Prometheus's encoding 1; `XORState` writes them and describes the format.
public enum XORChunk {
    /// The number in a block's chunk segment.
    public static let encoding: UInt8 = 1

    /// The number of samples the header tells, 0 if there is no header.
    public static func count(_ chunk: UnsafeRawBufferPointer) -> Int {
        chunk.count < 2 ? 0 : Int(chunk[0]) << 8 | Int(chunk[1])
    }

    /// Appends the samples with `from ≤ time ≤ through` to `column`.
    ///
    /// Times in a chunk ascend, so the reading ends at the first that is later than `through`. Throws `ChunkError` if the bytes end too soon or
    /// cannot be read; `column` then is as it was.
    public static func decode(
        _ chunk: UnsafeRawBufferPointer, from: Timestamp = .min, through: Timestamp = .max, into column: SampleColumn
    ) throws(ChunkError) {
        guard chunk.count >= 2, let base = chunk.baseAddress else {
            throw ChunkError(offset: chunk.count, reason: "ends within the sample count")
        }
        let count = count(chunk)
        guard count > 0 else { return }
        column.reserve(count &+ Output.atOnce)
        var reader = BitReader(base, count: chunk.count, offset: 2)
        var output = Output(times: column.times, values: column.values, count: column.count, from: from, through: through)
        let outcome = read(count, &reader, &output)
        if reader.overrun { throw ChunkError(offset: chunk.count, reason: "ends before its \(count) samples do") }
        if let reason = outcome.reason { throw ChunkError(offset: reader.offset, reason: reason) }
        column.count = output.count
    }

    /// Where decoded samples go, and which are wanted.
    private struct Output {
        let times: UnsafeMutablePointer<Timestamp>
        let values: UnsafeMutablePointer<Double>
        var count: Int
        let from: Timestamp
        let through: Timestamp

        /// There must be room for as many samples more than the chunk has.
        static let atOnce = 8

        /// False if the time is behind the range. Samples before the range are written too and then overwritten, which needs no branch.
        @inline(__always)
        mutating func add(_ time: Timestamp, _ bits: UInt64) -> Bool {
            if time > through { return false }
            times[count] = time
            values[count] = Double(bitPattern: bits)
            count &+= time >= from ? 1 : 0
            return true
        }

        /// Adds up to 28 samples of one value whose times follow `time` in equal steps. False if one is behind the range.
        @inline(__always)
        mutating func addRun(_ run: Int, _ time: inout Timestamp, _ step: Int64, _ bits: UInt64) -> Bool {
            let end = time &+ step &* Int64(run)
            // Times that do not wrap around ascend, so the first and the last tell of all.
            guard step >= 0, step < 1 &<< 50, end >= time, end <= through, time &+ step >= from else {
                // Handing over copies lets the originals stay in registers.
                var copy = self
                var copiedTime = time
                let isWithin = copy.addOneByOne(run, &copiedTime, step, bits)
                self = copy
                time = copiedTime
                return isWithin
            }
            let value = Double(bitPattern: bits)
            // Most runs are short: some samples too many, overwritten later, cost less than a loop whose end nobody foresees.
            for i in 0..<Self.atOnce {
                times[count &+ i] = time &+ step &* Int64(i &+ 1)
                values[count &+ i] = value
            }
            if run > Self.atOnce {
                for i in Self.atOnce..<run {
                    times[count &+ i] = time &+ step &* Int64(i &+ 1)
                    values[count &+ i] = value
                }
            }
            time = end
            count &+= run
            return true
        }

        @inline(never)
        private mutating func addOneByOne(_ run: Int, _ time: inout Timestamp, _ step: Int64, _ bits: UInt64) -> Bool {
            for _ in 0..<run {
                time &+= step
                guard add(time, bits) else { return false }
            }
            return true
        }
    }

    private enum Outcome {
        case done, longVarint, wideWindow

        var reason: String? {
            switch self {
            case .done: nil
            case .longVarint: "a time longer than 64 bits"
            case .wideWindow: "more than 64 significant bits in a value"
            }
        }
    }

    @inline(__always)
    private static func read(_ count: Int, _ reader: inout BitReader, _ output: inout Output) -> Outcome {
        guard let first = reader.takeVarint() else { return .longVarint }
        var time = Int64(bitPattern: first &>> 1) ^ -Int64(bitPattern: first & 1)
        var value = Value(bits: reader.takeLong(64))
        guard output.add(time, value.bits), count > 1 else { return .done }
        guard let delta = reader.takeVarint() else { return .longVarint }
        time &+= Int64(bitPattern: delta)
        reader.refill()
        guard value.change(&reader, behind: 0) else { return .wideWindow }
        guard output.add(time, value.bits) else { return .done }
        var input = reader
        var wanted = output
        let outcome = readRest(count &- 2, time, delta, value, &input, &wanted)
        reader = input
        output = wanted
        return outcome
    }

    /// Reads the samples from the third on.
    @inline(__always)
    private static func readRest(
        _ count: Int, _ start: Timestamp, _ firstDelta: UInt64, _ second: Value, _ reader: inout BitReader, _ output: inout Output
    ) -> Outcome {
        var time = start
        var delta = firstDelta
        var value = second
        var remaining = count
        while remaining > 0 {
            reader.refill()
            let window = reader.window
            if window &>> 62 == 0 {
                // Two zeros are the delta and the value of before again; of such samples come many in a row. 56 bits are valid.
                let run = min(remaining, min(window.leadingZeroBitCount, 56) &>> 1)
                reader.skip(UInt64(truncatingIfNeeded: run &* 2))
                remaining &-= run
                guard output.addRun(run, &time, Int64(bitPattern: delta), value.bits) else { return .done }
                continue
            }
            let used = deltaOfDeltas(&reader, &delta)
            time &+= Int64(bitPattern: delta)
            guard value.change(&reader, behind: used) else { return .wideWindow }
            guard output.add(time, value.bits) else { return .done }
            remaining &-= 1
        }
        return .done
    }

    /// Adds the next delta of deltas to `delta`. Gives how many bits of the window it took that are still to be dropped; behind them 40 or more
    /// are valid. The window must have just been refilled.
    @inline(__always)
    private static func deltaOfDeltas(_ reader: inout BitReader, _ delta: inout UInt64) -> UInt64 {
        let window = reader.window
        if window &>> 63 == 0 { return 1 }
        if window &>> 62 == 0b10 {
            delta &+= lopsided((window &<< 2) &>> 50, 14)
            return 16
        }
        // Handing over a copy lets the reader itself stay in registers.
        var copy = reader
        delta &+= longDeltaOfDeltas(&copy)
        copy.refill()
        reader = copy
        return 0
    }

    @inline(never)
    private static func longDeltaOfDeltas(_ reader: inout BitReader) -> UInt64 {
        let window = reader.window
        if window &>> 61 == 0b110 {
            reader.skip(20)
            return lopsided((window &<< 3) &>> 47, 17)
        }
        if window &>> 60 == 0b1110 {
            reader.skip(24)
            return lopsided((window &<< 4) &>> 44, 20)
        }
        reader.skip(4)
        return reader.takeLong(64)
    }

    /// An n-bit field means -(2ⁿ⁻¹ - 1)…2ⁿ⁻¹.
    @inline(__always)
    private static func lopsided(_ field: UInt64, _ bits: UInt64) -> UInt64 {
        field > 1 &<< (bits &- 1) ? field &- 1 &<< bits : field
    }

    /// The value read last and the window of significant bits that the next may reuse.
    private struct Value {
        var bits: UInt64
        var length: UInt64 = 64
        var trailing: UInt64 = 0

        init(bits: UInt64) { self.bits = bits }

        /// Reads the next change, which stands behind `before` bits of the window that are dropped with it; false if its own window cannot be.
        /// At least 40 bits behind them must be valid, and 56 with them.
        @inline(__always)
        mutating func change(_ reader: inout BitReader, behind before: UInt64) -> Bool {
            let window = reader.window &<< before
            if window &>> 63 == 0 {
                reader.skip(before &+ 1)
                return true
            }
            var used = before &+ 2
            if window &>> 62 == 0b11 {
                let leading = (window &<< 2) &>> 59
                let written = (window &<< 7) &>> 58
                length = written == 0 ? 64 : written
                guard leading &+ length <= 64 else { return false }
                trailing = 64 &- leading &- length
                used = before &+ 13
            }
            if used &+ length <= 56 {
                bits ^= ((reader.window &<< used) &>> (64 &- length)) &<< trailing
                reader.skip(used &+ length)
            } else {
                reader.skip(used)
                bits ^= reader.takeLong(length) &<< trailing
            }
            return true
        }
    }
}
