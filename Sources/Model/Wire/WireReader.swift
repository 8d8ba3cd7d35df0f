/// Reads protobuf's wire format from borrowed bytes: field by field, without copying and without recursion, so that no message is too deep for it.
/// Places are offsets into the bytes.
///
/// The form: https://protobuf.dev/programming-guides/encoding/. Groups, which nobody writes any more, are refused.
public struct WireReader {
    /// How a field's value is written.
    public enum Kind: Sendable { case varint, fixed64, bytes, fixed32 }

    public struct Field: Equatable, Sendable {
        public let number: Int
        public let kind: Kind

        @inlinable
        public init(number: Int, kind: Kind) {
            self.number = number
            self.kind = kind
        }
    }

    @usableFromInline let all: UnsafeRawBufferPointer
    @usableFromInline var at: Int
    public let end: Int

    /// - Parameter range: the message within the bytes.
    public init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "BUG: a message outside of its bytes")
        all = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    public init(_ bytes: UnsafeRawBufferPointer) { self.init(bytes, 0..<bytes.count) }

    public var position: Int { at }
    public var isAtEnd: Bool { at >= end }

    /// The next field, whose value must be read or skipped next; nil at the end of the message.
    @inlinable
    public mutating func next() throws(WireError) -> Field? {
        guard at < end else { return nil }
        let start = at
        let tag = try varint()
        let number = tag >> 3
        guard number > 0, number <= 0x1fff_ffff else { throw WireError(.fieldNumber, at: start) }
        let kind: Kind
        switch tag & 7 {
        case 0: kind = .varint
        case 1: kind = .fixed64
        case 2: kind = .bytes
        case 5: kind = .fixed32
        default: throw WireError(.kind, at: start)
        }
        return Field(number: Int(number), kind: kind)
    }

    @inlinable
    @inline(__always)
    public mutating func varint() throws(WireError) -> UInt64 {
        if at < end {
            let byte = all.load(fromByteOffset: at, as: UInt8.self)
            if byte < 0x80 {
                at &+= 1
                return UInt64(byte)
            }
        }
        return try longVarint()
    }

    @usableFromInline
    mutating func longVarint() throws(WireError) -> UInt64 {
        // Eight bytes at once hold all but numbers of 57 bits and more.
        guard at &+ 8 <= end else { return try varintByBytes() }
        let word = UInt64(littleEndian: all.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        let ends = ~word & 0x8080_8080_8080_8080
        guard ends != 0 else { return try varintByBytes() }
        let bits = ends.trailingZeroBitCount
        at &+= (bits &>> 3) &+ 1
        return Self.packed(word & (UInt64.max &>> UInt64(63 &- bits)))
    }

    /// The lower seven bits of each byte, one behind the other.
    @inline(__always)
    private static func packed(_ word: UInt64) -> UInt64 {
        var bits = word & 0x7f7f_7f7f_7f7f_7f7f
        bits = (bits & 0x007f_007f_007f_007f) | ((bits & 0x7f00_7f00_7f00_7f00) &>> 1)
        bits = (bits & 0x0000_3fff_0000_3fff) | ((bits & 0x3fff_0000_3fff_0000) &>> 2)
        return (bits & 0x0000_0000_0fff_ffff) | ((bits & 0x0fff_ffff_0000_0000) &>> 4)
    }

    @inline(never)
    private mutating func varintByBytes() throws(WireError) -> UInt64 {
        let start = at
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < end {
            let byte = all[at]
            at &+= 1
            // The tenth byte has room for one more bit.
            if shift == 63, byte > 1 { throw WireError(.varint, at: start) }
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        throw WireError(.end, at: start)
    }

    /// A number of the types `sint32` and `sint64`.
    @inlinable
    public mutating func zigzag() throws(WireError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    @inlinable
    public mutating func fixed64() throws(WireError) -> UInt64 {
        guard end &- at >= 8 else { throw WireError(.end, at: at) }
        defer { at &+= 8 }
        return UInt64(littleEndian: all.loadUnaligned(fromByteOffset: at, as: UInt64.self))
    }

    /// To the bit, NaN included.
    @inlinable
    public mutating func double() throws(WireError) -> Double { Double(bitPattern: try fixed64()) }

    /// Where a text, a message or packed numbers are.
    @inlinable
    public mutating func bytes() throws(WireError) -> Range<Int> {
        let start = at
        let length = try varint()
        guard length <= UInt64(end &- at) else { throw WireError(.length, at: start) }
        defer { at &+= Int(length) }
        return at..<at &+ Int(length)
    }

    @inlinable
    public mutating func skip(_ kind: Kind) throws(WireError) {
        switch kind {
        case .varint: _ = try varint()
        case .fixed64: _ = try fixed64()
        case .bytes: _ = try bytes()
        case .fixed32:
            guard end &- at >= 4 else { throw WireError(.end, at: at) }
            at &+= 4
        }
    }

    /// Refuses a field that is written in another way than its type is.
    public func expect(_ kind: Kind, of field: Field) throws(WireError) {
        if field.kind != kind { throw WireError(.type(field.number), at: at) }
    }
}

/// Why bytes are no message.
public struct WireError: Error, Equatable, CustomStringConvertible {
    public enum Problem: Equatable, Sendable {
        case fieldNumber, kind, varint, end, length
        /// Of the field with that number.
        case type(Int)
    }

    public let problem: Problem
    /// The byte.
    public let place: Int

    public init(_ problem: Problem, at place: Int) {
        self.problem = problem
        self.place = place
    }

    public var cause: String {
        switch problem {
        case .fieldNumber: "no such field number is possible"
        case .kind: "a field of an unknown kind, or a group"
        case .varint: "a number of more than 64 bits"
        case .end: "the message ends within a value"
        case .length: "a length beyond the end of the message"
        case .type(let number): "field \(number) is not of its type"
        }
    }

    public var description: String { "byte \(place): \(cause)" }
}
