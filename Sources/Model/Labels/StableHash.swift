/// Hashes that do not change between runs, for what is kept or compared across processes.
public enum StableHash {
    /// FNV-1a, 64 bits.
    @inlinable
    public static func fnv1a(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
        var hash = seed
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }

    public static func fnv1a(_ text: String, seed: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
        var text = text
        return text.withUTF8 { fnv1a(UnsafeRawBufferPointer($0), seed: seed) }
    }

    /// A fast 64-bit hash for tables in memory: eight bytes a step, folded by 128-bit multiplication.
    @inlinable
    public static func folded(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(truncatingIfNeeded: bytes.count)
        var offset = 0
        let whole = bytes.count & ~7
        while offset < whole {
            hash = mix(hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset &+= 8
        }
        var last: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count {
            last |= UInt64(bytes[offset]) &<< shift
            shift &+= 8
            offset &+= 1
        }
        return mix(hash ^ last)
    }

    @inlinable
    static func mix(_ x: UInt64) -> UInt64 {
        let product = (x ^ 0xd6e8_feb8_6659_fd93).multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
        return product.high ^ product.low
    }
}
