import Chunks
import Model
import TestKit
import Testing

/// An open chunk with a buffer of its own that grows as the head's does.
struct OpenChunk {
    private(set) var state = XORState()
    private var buffer = [UInt8](repeating: 0xaa, count: 64)

    init(_ samples: [(Timestamp, Double)] = []) {
        for (time, value) in samples { append(time, value) }
    }

    mutating func append(_ time: Timestamp, _ value: Double) {
        // Filled with ones, so that a writer that counts on zeroed memory is found out.
        while buffer.count < state.byteCount + XORState.appendReserve { buffer.append(0xff) }
        buffer.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            state.append(time, value, to: base)
        }
    }

    var bytes: [UInt8] { Array(buffer[..<state.byteCount]) }
}

/// Decodes exactly-sized heap memory, so that an address sanitizer sees a read outside of it.
func decode(_ bytes: [UInt8], from: Timestamp = .min, through: Timestamp = .max) throws -> [(Timestamp, Double)] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    let column = SampleColumn(capacity: 1)
    try XORChunk.decode(UnsafeRawBufferPointer(memory), from: from, through: through, into: column)
    return (0..<column.count).map { (column.times[$0], column.values[$0]) }
}

func same(_ a: [(Timestamp, Double)], _ b: [(Timestamp, Double)]) -> Bool {
    a.elementsEqual(b) { $0.0 == $1.0 && $0.1.bitPattern == $1.1.bitPattern }
}

@Suite("XOR chunks: what goes in comes out")
struct XORRoundTrips {
    @Test("random series of many shapes", arguments: 0..<60 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let samples = randomSeries(&random)
        let chunk = OpenChunk(samples)
        #expect(same(try decode(chunk.bytes), samples), "seed \(seed)")
        #expect(Int(chunk.state.count) == samples.count)
    }

    @Test("after each append the bytes are a whole chunk")
    func everyPrefix() throws {
        var random = SeededRandom(7)
        var chunk = OpenChunk()
        var samples: [(Timestamp, Double)] = []
        for sample in randomSeries(&random) {
            chunk.append(sample.0, sample.1)
            samples.append(sample)
            #expect(same(try decode(chunk.bytes), samples))
            #expect(chunk.state.lastTime == sample.0 && chunk.state.lastValue.bitPattern == sample.1.bitPattern)
        }
    }

    @Test("an append never writes behind the reserve")
    func reserve() {
        var random = SeededRandom(11)
        for _ in 0..<2000 {
            var state = XORState()
            let room = 4 * XORState.appendReserve + 96
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 1)
            defer { memory.deallocate() }
            guard let base = memory.baseAddress else { return }
            for _ in 0..<4 {
                let limit = state.byteCount + XORState.appendReserve
                for i in limit..<room { memory[i] = 0x5a }
                // The worst there is: long times and values that share nothing.
                state.append(Int64(bitPattern: random.next()), Double(bitPattern: random.next()), to: base)
                #expect((limit..<room).allSatisfy { memory[$0] == 0x5a })
                #expect(state.byteCount <= limit)
            }
        }
    }

    @Test("only samples between the bounds, both included")
    func bounds() throws {
        let samples = (0..<120).map { (Timestamp(1000 + $0 * 15), Double($0)) }
        let bytes = OpenChunk(samples).bytes
        let ranges: [(Timestamp, Timestamp)] = [
            (1000, 2785), (1015, 1015), (1016, 1029), (0, 999), (2786, 5000), (1001, 1030), (1500, 1400),
        ]
        for (from, through) in ranges {
            let wanted = samples.filter { $0.0 >= from && $0.0 <= through }
            #expect(same(try decode(bytes, from: from, through: through), wanted), "\(from)…\(through)")
        }
    }

    @Test("decoding adds to what the column holds")
    func appends() throws {
        let column = SampleColumn(capacity: 1)
        let bytes = OpenChunk([(1, 1), (2, 2)]).bytes
        try bytes.withUnsafeBytes { try XORChunk.decode($0, into: column) }
        try bytes.withUnsafeBytes { try XORChunk.decode($0, into: column) }
        #expect(column.count == 4 && column.times[2] == 1 && column.values[3] == 2)
    }
}

/// Times regular, jittered or wild; values constant, counting, noisy or any bits at all.
func randomSeries(_ random: inout SeededRandom) -> [(Timestamp, Double)] {
    let timeKind = random.below(4)
    let valueKind = random.below(5)
    var time = Timestamp(random.below(1 << 42)) - (1 << 41)
    var value = Double(random.below(1_000_000))
    return (0..<(1 + random.below(150))).map { _ in
        switch timeKind {
        case 0: time += 15_000
        case 1: time += 15_000 + Timestamp(random.below(7)) - 3
        case 2: time += Timestamp(random.below(1 << (1 + random.below(22))))
        default: time = Int64(bitPattern: random.next())
        }
        switch valueKind {
        case 0: break
        case 1: value += Double(random.below(100))
        case 2: value = Double(random.below(1000)) / 10
        case 3: value = [0, -0.0, .infinity, -.infinity, StaleMarker.value, StaleMarker.ordinaryNaN, .leastNonzeroMagnitude][random.below(7)]
        default: value = Double(bitPattern: random.next())
        }
        return (time, value)
    }
}
