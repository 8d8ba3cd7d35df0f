/// Bits in an array that grows with them: for encoders whose samples have no greatest length.
struct BitBuffer: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var position = 0

    /// A word-wise write touches as much behind the last bit.
    private static let reserve = 16

    var byteCount: Int { (position + 7) >> 3 }

    /// The bytes in use.
    var content: [UInt8] { Array(bytes[..<byteCount]) }

    init(header: [UInt8]) {
        bytes = header + [UInt8](repeating: 0, count: 112)
        position = header.count * 8
    }

    subscript(byte: Int) -> UInt8 {
        get { bytes[byte] }
        set { bytes[byte] = newValue }
    }

    /// Writes the low `count` bits of `bits` (1…64); the bits above them are ignored.
    mutating func put(_ bits: UInt64, _ count: Int) {
        if bytes.count < byteCount + Self.reserve { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
        let position = position
        bytes.withUnsafeMutableBytes { memory in
            guard let base = memory.baseAddress else { preconditionFailure("BUG: a bit buffer without memory") }
            var writer = BitWriter(base: base, position: position)
            writer.put(count == 64 ? bits : bits & (1 << UInt64(count) - 1), count)
        }
        self.position += count
    }

    /// `0`, or up to eight ones and a number of 3, 6, 9, 12, 18, 25, 56 or 64 bits: fewer bits for smaller numbers. An n-bit field holds
    /// -(2ⁿ⁻¹ - 1)…2ⁿ⁻¹.
    mutating func putVarbit(_ value: Int64) {
        putVarbit(UInt64(bitPattern: value), value == 0 ? 0 : VarbitWidths.index { value >= 1 - 1 << ($0 - 1) && value <= 1 << ($0 - 1) })
    }

    /// The same for numbers without a sign, where an n-bit field holds 0…2ⁿ - 1.
    mutating func putUnsignedVarbit(_ value: UInt64) {
        putVarbit(value, value == 0 ? 0 : VarbitWidths.index { value >> UInt64($0) == 0 })
    }

    private mutating func putVarbit(_ value: UInt64, _ ones: Int) {
        guard ones > 0 else { return put(0, 1) }
        // A zero ends the ones, unless there are as many as there can be.
        let isLongest = ones == VarbitWidths.longest
        put(isLongest ? 0xff : (1 << UInt64(ones) - 1) << 1, isLongest ? ones : ones + 1)
        put(value, Int(VarbitWidths.bits(ones)))
    }
}

/// How many bits follow how many ones.
enum VarbitWidths {
    static let longest = 8

    static func bits(_ ones: Int) -> UInt64 {
        switch ones {
        case 0: 0
        case 1: 3
        case 2: 6
        case 3: 9
        case 4: 12
        case 5: 18
        case 6: 25
        case 7: 56
        default: 64
        }
    }

    /// The fewest ones whose width `fits`, of those shorter than 64 bits; `longest` if none does.
    static func index(_ fits: (Int64) -> Bool) -> Int {
        (1..<longest).first { fits(Int64(bits($0))) } ?? longest
    }
}

extension BitReader {
    mutating func takeVarbit() -> Int64 {
        let ones = takeOnes()
        let width = VarbitWidths.bits(ones)
        guard width > 0 else { return 0 }
        let field = takeLong(width)
        if width == 64 { return Int64(bitPattern: field) }
        return Int64(bitPattern: field > 1 &<< (width &- 1) ? field &- 1 &<< width : field)
    }

    mutating func takeUnsignedVarbit() -> UInt64 {
        let width = VarbitWidths.bits(takeOnes())
        return width > 0 ? takeLong(width) : 0
    }

    private mutating func takeOnes() -> Int {
        refill()
        let ones = min((~window).leadingZeroBitCount, VarbitWidths.longest)
        skip(UInt64(ones == VarbitWidths.longest ? ones : ones + 1))
        return ones
    }
}
