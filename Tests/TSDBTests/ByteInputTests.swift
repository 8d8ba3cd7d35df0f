import TestKit
import Testing

@testable import TSDB

/// Numbers of the formats, read wherever they stand.
struct ByteInputTests {
    private static func encoded(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    @Test("a number of any length is read, however much follows it", arguments: [UInt64(1), 2, 3])
    func varints(seed: UInt64) {
        var random = SeededRandom(seed)
        for length in 1...64 {
            for value in [UInt64(1) << UInt64(length - 1), UInt64.max >> UInt64(64 - length), random.next() >> UInt64(64 - length)] {
                for behind in 0...9 {
                    let bytes = Self.encoded(value) + (0..<behind).map { _ in UInt8.random(in: 0...255, using: &random) }
                    bytes.withUnsafeBytes { bytes in
                        var input = ByteInput(bytes, offset: 0)
                        #expect(input.takeVarint() == value, "seed \(seed)")
                        #expect(input.offset == bytes.count - behind)
                    }
                }
            }
        }
    }

    @Test("a number that does not end, or ends behind 64 bits, is none", arguments: [0, 1, 7, 8, 9, 10, 11, 20])
    func endless(length: Int) {
        for ending in [[UInt8](), [0x02]] where ending.isEmpty || length >= 9 {
            ([UInt8](repeating: 0xff, count: length) + ending).withUnsafeBytes { bytes in
                var input = ByteInput(bytes, offset: 0)
                #expect(input.takeVarint() == nil)
            }
        }
    }
}
