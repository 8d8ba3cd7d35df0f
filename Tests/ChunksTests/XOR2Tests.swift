import Chunks
import Model
import TestKit
import Testing

/// Writes the format as its description has it, a character a bit.
private struct XOR2Writer {
    private var bits = ""
    private var count = 0
    private var time: Timestamp = 0
    private var delta: Timestamp = 0
    private var base: UInt64 = 0
    private var leading = 64
    private var trailing = 0
    private let startTimesFrom: Int

    /// Samples from `startTimesFrom` on, 1…127, have a start time too; none has for 0.
    init(startTimesFrom: Int) { self.startTimesFrom = startTimesFrom }

    var bytes: [UInt8] {
        let text = Array(bits.utf8)
        let body = stride(from: 0, to: text.count, by: 8).map { start in
            (0..<8).reduce(UInt8(0)) { $0 << 1 | (start + $1 < text.count && text[start + $1] == UInt8(ascii: "1") ? 1 : 0) }
        }
        return [UInt8(count >> 8), UInt8(count & 255), UInt8(startTimesFrom)] + body
    }

    mutating func append(_ newTime: Timestamp, _ value: Double) {
        let newDelta = newTime &- time
        switch count {
        case 0:
            varint(UInt64(bitPattern: (newTime << 1) ^ (newTime >> 63)))
            put(value.bitPattern, 64)
            if !StaleMarker.isStale(value) { base = value.bitPattern }
        case 1:
            varint(UInt64(bitPattern: newDelta))
            put(value: value)
        default: joint(newDelta &- delta, value)
        }
        if startTimesFrom > 0, count >= startTimesFrom { bits += "10101" }
        delta = count == 0 ? 0 : newDelta
        time = newTime
        count += 1
    }

    private mutating func joint(_ change: Timestamp, _ value: Double) {
        if change == 0 {
            if StaleMarker.isStale(value) { return bits += "11111" }
            if value.bitPattern == base { return bits += "0" }
            bits += "10"
            return putChange(value.bitPattern, within: "0", anew: "1")
        }
        switch change {
        case -4096...4095: put("110", change, 13)
        case -524_288...524_287: put("1110", change, 20)
        default: put("11110", change, 64)
        }
        put(value: value)
    }

    private mutating func put(value: Double) {
        if StaleMarker.isStale(value) { return bits += "111" }
        if value.bitPattern == base { return bits += "0" }
        putChange(value.bitPattern, within: "10", anew: "110")
    }

    private mutating func putChange(_ value: UInt64, within: String, anew: String) {
        let change = value ^ base
        base = value
        if change.leadingZeroBitCount >= leading, change.trailingZeroBitCount >= trailing {
            bits += within
        } else {
            leading = min(change.leadingZeroBitCount, 31)
            trailing = change.trailingZeroBitCount
            bits += anew
            put(UInt64(leading), 5)
            put(UInt64(64 - leading - trailing) & 63, 6)
        }
        put(change >> UInt64(trailing), 64 - leading - trailing)
    }

    private mutating func put(_ prefix: String, _ value: Timestamp, _ width: Int) {
        bits += prefix
        put(UInt64(bitPattern: value), width)
    }

    private mutating func put(_ value: UInt64, _ width: Int) {
        for bit in stride(from: width - 1, through: 0, by: -1) { bits += value >> UInt64(bit) & 1 == 1 ? "1" : "0" }
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            put(rest & 0x7f | 0x80, 8)
            rest >>= 7
        }
        put(rest, 8)
    }
}

@Suite("XOR2 chunks are read")
struct XOR2Tests {
    private func decode(_ bytes: [UInt8], through: Timestamp = .max) throws -> [(Timestamp, Double)] {
        let column = SampleColumn(capacity: 1)
        try bytes.withUnsafeBytes { try ChunkDecoder.decode($0, .xor2, through: through, into: column) }
        return (0..<column.count).map { (column.times[$0], column.values[$0]) }
    }

    @Test("random series of many shapes, with start times and without", arguments: 0..<30 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let samples = randomSeries(&random)
        var writer = XOR2Writer(startTimesFrom: random.below(2) * (1 + random.below(100)))
        for sample in samples { writer.append(sample.0, sample.1) }
        let read = try decode(writer.bytes)
        // A series whose times run backwards is read up to the end of time, wherever that lies.
        #expect(same(read, samples), "seed \(seed)")
    }

    @Test("mutated and cut chunks never crash")
    func mutations() {
        var random = SeededRandom(4)
        for _ in 0..<500 {
            var writer = XOR2Writer(startTimesFrom: random.below(20))
            for sample in randomSeries(&random).prefix(20) { writer.append(sample.0, sample.1) }
            var bytes = writer.bytes
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            _ = try? decode(bytes)
            _ = try? decode(Array(bytes.prefix(random.below(bytes.count))))
        }
    }
}

@Suite("Chunks of any encoding")
struct AnyChunkTests {
    @Test("arrays become chunks of 120")
    func encodes() throws {
        let times = (0..<250).map { Timestamp($0 * 15) }
        let chunks = XORChunk.encode(times, times.map(Double.init))
        #expect(chunks.map(\.count) == [120, 120, 10])
        let column = SampleColumn()
        for chunk in chunks {
            try chunk.bytes.withUnsafeBytes { try ChunkDecoder.decode($0, chunk.encoding, into: column) }
            #expect(column.times[column.count - 1] == chunk.lastTime)
        }
        #expect((0..<250).allSatisfy { column.times[$0] == times[$0] && column.values[$0] == Double(times[$0]) })
    }

    @Test("encodings that nobody knows are an error, not nothing")
    func unknown() {
        for encoding in [0, 5, 6, 255] as [UInt8] {
            #expect(throws: ChunkError.self) {
                try [0, 0, 0].withUnsafeBytes { try ChunkDecoder.decode($0, ChunkEncoding(rawValue: encoding), into: SampleColumn()) }
            }
        }
    }
}
