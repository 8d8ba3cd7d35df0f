/// Writes protobuf's wire format.
public struct WireMaker {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    public mutating func raw(_ byte: UInt8) { bytes.append(byte) }

    public mutating func zigzag(_ value: Int64) { varint(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

    public mutating func bits(_ value: Double) { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }

    public mutating func integer(_ field: UInt64, _ value: UInt64) {
        varint(field << 3)
        varint(value)
    }

    public mutating func integer(_ field: UInt64, _ value: Int64) { integer(field, UInt64(bitPattern: value)) }

    public mutating func signed(_ field: UInt64, _ value: Int64) {
        varint(field << 3)
        zigzag(value)
    }

    public mutating func double(_ field: UInt64, _ value: Double) {
        varint(field << 3 | 1)
        bits(value)
    }

    public mutating func field(_ field: UInt64, _ payload: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(payload.count))
        bytes += payload
    }

    public mutating func text(_ field: UInt64, _ text: String) { self.field(field, Array(text.utf8)) }

    public mutating func message(_ field: UInt64, _ body: (inout WireMaker) -> Void) {
        var inner = WireMaker()
        body(&inner)
        self.field(field, inner.bytes)
    }
}
