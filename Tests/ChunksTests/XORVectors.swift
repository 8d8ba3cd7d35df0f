import Chunks
import Model
import TestKit
import Testing

@Suite("XOR chunks: the bytes, and damage")
struct XORVectors {
    /// Bits written out by hand, padded with zeros to whole bytes.
    private func bytes(_ bits: String...) -> [UInt8] {
        let all = Array(bits.joined().utf8)
        return stride(from: 0, to: all.count, by: 8).map { start in
            (0..<8).reduce(0) { byte, i in
                byte << 1 | (start + i < all.count && all[start + i] == UInt8(ascii: "1") ? 1 : 0)
            }
        }
    }

    private func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }

    @Test("first and second sample")
    func beginning() throws {
        #expect(OpenChunk([(0, 0)]).bytes == [0, 1, 0] + [UInt8](repeating: 0, count: 8))
        // Zig-zag of 1000 is 2000, LEB128 d0 0f.
        #expect(OpenChunk([(1000, 1)]).bytes == [0, 1, 0xd0, 0x0f, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0])
        #expect(OpenChunk([(1000, 1), (2000, 1)]).bytes == [0, 2, 0xd0, 0x0f, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xe8, 0x07, 0])
    }

    @Test(
        "deltas of deltas at the edges of every range",
        arguments: [
            (0, "0"), (1, "10" + "00000000000001"), (8192, "10" + "10000000000000"), (8193, "110" + "00010000000000001"),
            (-1, "10" + "11111111111111"), (-8191, "10" + "10000000000001"), (-8192, "110" + "11110000000000000"),
            (65_536, "110" + "10000000000000000"), (65_537, "1110" + "00010000000000000001"),
            (-65_535, "110" + "10000000000000001"), (-65_536, "1110" + "11110000000000000000"),
            (524_288, "1110" + "10000000000000000000"), (-524_287, "1110" + "10000000000000000001"),
            (524_289, "1111" + String(repeating: "0", count: 44) + "10000000000000000001"),
            (-524_288, "1111" + String(repeating: "1", count: 45) + "0000000000000000000"),
        ] as [(Int64, String)])
    func ranges(delta: Int64, bits: String) throws {
        // Times 0, 0, delta: the second sample is a zero byte and one zero bit.
        let samples: [(Timestamp, Double)] = [(0, 0), (0, 0), (delta, 0)]
        let chunk = OpenChunk(samples)
        #expect(chunk.bytes == [0, 3, 0] + [UInt8](repeating: 0, count: 9) + bytes("0", bits, "0"))
        #expect(same(try decode(chunk.bytes), samples))
    }

    @Test("values after a zero")
    func values() throws {
        let table: [(UInt64, String)] = [
            (0x3ff0_0000_0000_0000, "11" + "00010" + "001010" + "1111111111"),
            (Double.infinity.bitPattern, "11" + "00001" + "001011" + "11111111111"),
            (StaleMarker.bits, "11" + "00001" + "111110" + "11111111111" + zeros(50) + "1"),
            (1, "11" + "11111" + "100001" + zeros(32) + "1"),
            (0x8000_0000_0000_0001, "11" + "00000" + "000000" + "1" + zeros(62) + "1"),
        ]
        for (value, bits) in table {
            let samples = [(Timestamp(0), 0.0), (0, Double(bitPattern: value))]
            let chunk = OpenChunk(samples)
            #expect(chunk.bytes == [0, 2, 0] + [UInt8](repeating: 0, count: 8) + [0] + bytes(bits), "\(value)")
            #expect(same(try decode(chunk.bytes), samples))
        }
    }

    @Test("a chunk cut anywhere is refused, or its rest was padding")
    func cuts() throws {
        var random = SeededRandom(5)
        let samples = randomSeries(&random)
        let bytes = OpenChunk(samples).bytes
        for length in 0..<bytes.count {
            #expect(throws: ChunkError.self, "cut at \(length)") { try decode(Array(bytes[..<length])) }
        }
    }

    @Test("mutated chunks never crash and leave the column alone when refused")
    func mutations() {
        var random = SeededRandom(6)
        for round in 0..<5000 {
            if round % 100 == 0 { continue }
            var bytes = OpenChunk(Array(randomSeries(&random).prefix(20))).bytes
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            _ = try? decode(bytes)
        }
    }
}
