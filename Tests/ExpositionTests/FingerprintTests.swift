import Exposition
import Testing

@Suite("Fingerprints of lines") struct FingerprintTests {
    private let fingerprints = Fingerprint(0x1234_5678_9abc_def1, 0x0fed_cba9_8765_4321, 0x1111_2222_3333_4445)

    private func of(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { fingerprints.of($0) } }

    @Test("every bit of every byte counts, at every length", arguments: 0...130)
    func everyBitCounts(length: Int) {
        let line = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        var seen: Set<UInt64> = [of(line)]
        for bit in 0..<length * 8 {
            var other = line
            other[bit / 8] ^= UInt8(1 << (bit % 8))
            seen.insert(of(other))
        }
        #expect(seen.count == length * 8 + 1)
    }

    @Test("so does the length, where all bytes are zero")
    func lengthCounts() {
        #expect(Set((0...200).map { of(Array(repeating: 0, count: $0)) }).count == 201)
    }

    @Test("two parts of a key that change places give another")
    func orderCounts() {
        let parts = ["a=\"0123456789ab\",", "b=\"0123456789ab\",", "c=\"0123456789ab\",", "d=\"0123456789ab\","]
        var seen: Set<UInt64> = []
        for (i, j) in [(0, 0), (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
            var order = parts
            order.swapAt(i, j)
            seen.insert(of(Array(order.joined().utf8)))
        }
        #expect(seen.count == 7)
    }

    @Test("another process has others")
    func seedCounts() {
        let line = Array("up{job=\"api\",instance=\"localhost:9090\"}".utf8)
        #expect(line.withUnsafeBytes { Fingerprint.shared.of($0) } != of(line))
    }

    @Test("what stands before and behind does not count")
    func surroundingsDoNotCount() {
        let line = Array("http_requests_total{code=\"200\",handler=\"/api\"}".utf8)
        for length in 0...line.count {
            let alone = of(Array(line[..<length]))
            for shift in [0, 1, 3, 7] {
                let padded = Array(repeating: UInt8(9), count: shift) + line[..<length] + [1, 2, 3]
                padded.withUnsafeBytes { #expect(fingerprints.of(UnsafeRawBufferPointer(rebasing: $0[shift..<shift + length])) == alone) }
            }
        }
    }
}
