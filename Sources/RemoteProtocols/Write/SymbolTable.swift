import Exposition
import Model

/// The texts of a request of version 2, which its labels refer to by their numbers.
struct SymbolTable {
    /// More are not believed: a request has samples besides.
    private static let largest = 1 << 20
    private static let field = 4

    private(set) var places: [Range<Int>] = []
    /// What follows from each text.
    private(set) var prints: [UInt64] = []

    var count: Int { places.count }

    mutating func removeAll() {
        places.removeAll(keepingCapacity: places.capacity <= 1 << 16)
        prints.removeAll(keepingCapacity: prints.capacity <= 1 << 16)
    }

    /// Takes all symbols of a request, wherever they stand in it. The first one must be empty, which is what an unset number means.
    mutating func read(_ bytes: UnsafeRawBufferPointer) throws {
        removeAll()
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            guard field.number == Self.field else {
                try reader.skip(field.kind)
                continue
            }
            try reader.expect(.bytes, of: field)
            let place = try reader.bytes()
            guard count < Self.largest else { throw WriteFault.malformed("the request has more than \(Self.largest) symbols") }
            places.append(place)
            prints.append(Fingerprint.shared.of(UnsafeRawBufferPointer(rebasing: bytes[place])))
        }
        guard places.first.map(\.isEmpty) ?? true else { throw WriteFault.malformed("the first symbol is not empty") }
    }
}
