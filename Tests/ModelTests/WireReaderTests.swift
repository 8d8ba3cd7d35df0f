import Model
import Testing

/// Protobuf's wire format, byte by byte.
struct WireReaderTests {
    private func read<R>(_ bytes: [UInt8], _ body: (inout WireReader) throws -> R) rethrows -> R {
        try bytes.withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            return try body(&reader)
        }
    }

    @Test(
        "numbers of every length, with and without bytes behind them",
        arguments: [
            ([0], 0), ([1], 1), ([0x7f], 127), ([0x80, 1], 128), ([0xac, 2], 300), ([0x80, 0], 0), ([0xff, 0xff, 0x7f], 2_097_151),
            ([0x80, 0x80, 0x80, 1], 1 << 21), ([0xff, 0xff, 0xff, 0xff, 0x0f], UInt64(UInt32.max)),
            ([0xc8, 0xd5, 0xd6, 0xdb, 0xe8, 0x32], 1_746_096_466_632),
            ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 1 << 56 - 1), ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1], 1 << 56),
            ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], .max),
        ] as [([UInt8], UInt64)])
    func varints(bytes: [UInt8], value: UInt64) throws {
        for rest in [[], [0xff], Array(repeating: 0x80, count: 9)] as [[UInt8]] {
            try read(bytes + rest) { reader throws in
                #expect(try reader.varint() == value)
                #expect(reader.position == bytes.count)
            }
        }
    }

    @Test("random numbers come back, plain and zigzag")
    func randomNumbers() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let value = random.next() >> UInt64.random(in: 0..<64)
            var bytes: [UInt8] = []
            var rest = value
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
            #expect(try read(bytes) { try $0.varint() } == value)
            let signed = try read(bytes) { try $0.zigzag() }
            #expect(UInt64(bitPattern: (signed << 1) ^ (signed >> 63)) == value)
        }
    }

    @Test("fields come with their numbers and kinds, and can be passed over")
    func fields() throws {
        let bytes: [UInt8] = [0x08, 0x96, 1, 0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x1a, 2, 7, 8, 0x25, 1, 2, 3, 4, 0xa2, 6, 1, 9]
        try read(bytes) { reader throws in
            var seen: [WireReader.Field] = []
            while let field = try reader.next() {
                seen.append(field)
                try reader.skip(field.kind)
            }
            let kinds: [(Int, WireReader.Kind)] = [(1, .varint), (2, .fixed64), (3, .bytes), (4, .fixed32), (100, .bytes)]
            #expect(seen == kinds.map { WireReader.Field(number: $0.0, kind: $0.1) })
        }
        try read(bytes) { reader throws in
            _ = try reader.next()
            #expect(try reader.varint() == 150)
            _ = try reader.next()
            #expect(try reader.double() == 1)
            _ = try reader.next()
            #expect(try reader.bytes() == 14..<16)
        }
    }

    @Test(
        "what is no message is told with its place",
        arguments: [
            ([0x0b], WireError(.kind, at: 0)), ([0x0c], WireError(.kind, at: 0)), ([0x0f], WireError(.kind, at: 0)),
            ([0x00], WireError(.fieldNumber, at: 0)), ([0x80, 0x80, 0x80, 0x80, 0x10], WireError(.fieldNumber, at: 0)),
            ([0x08], WireError(.end, at: 1)), ([0x08, 0x80], WireError(.end, at: 1)), ([0x80], WireError(.end, at: 0)),
            ([0x08, 1, 0x09, 1, 2, 3], WireError(.end, at: 3)), ([0x0d, 1, 2, 3], WireError(.end, at: 1)),
            ([0x0a, 3, 1, 2], WireError(.length, at: 1)),
            ([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], WireError(.length, at: 1)),
            ([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2], WireError(.varint, at: 1)),
        ] as [([UInt8], WireError)])
    func broken(bytes: [UInt8], error: WireError) {
        #expect(throws: error) {
            try read(bytes) { reader throws in
                while let field = try reader.next() { try reader.skip(field.kind) }
            }
        }
    }

    @Test("messages within messages are read to any depth without a stack for it")
    func nested() throws {
        // Each level is a field 1 that holds all the rest.
        var bytes: [UInt8] = []
        for _ in 0..<20_000 {
            var head: [UInt8] = [0x0a]
            var length = bytes.count
            while length >= 0x80 {
                head.append(UInt8(length & 0x7f) | 0x80)
                length >>= 7
            }
            bytes = head + [UInt8(length)] + bytes
        }
        try bytes.withUnsafeBytes { bytes in
            var range = 0..<bytes.count
            var depth = 0
            while !range.isEmpty {
                var reader = WireReader(bytes, range)
                _ = try reader.next()
                range = try reader.bytes()
                depth += 1
            }
            #expect(depth == 20_000)
        }
    }
}
