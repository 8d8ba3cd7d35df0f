import TestKit

/// Snappy's block form without a single copy: the length, and literals.
public func plainSnappy(_ bytes: [UInt8], length: Int? = nil) -> [UInt8] {
    var maker = WireMaker()
    maker.varint(UInt64(length ?? bytes.count))
    var out = maker.bytes
    for start in stride(from: 0, to: bytes.count, by: 65_536) {
        let piece = bytes[start..<min(bytes.count, start + 65_536)]
        out += [0xf4, UInt8((piece.count - 1) & 255), UInt8((piece.count - 1) >> 8)] + piece
    }
    return out
}
