import Model

/// The symbol table of an index: all label names and values, sorted, referred to by their place.
///
///     | u32 length | u32 count | { uvarint length, bytes }… | u32 CRC-32C |
///
/// Every 16th symbol's offset is kept in memory, and a checksum of what lies up to the next: half a byte for each symbol. Without it a page that
/// goes bad after the table was walked would give series other names.
final class IndexSymbols: @unchecked Sendable {
    // Immutable after the initialiser.
    private static let stride = 16

    private let file: MappedFile
    private let bytes: UnsafeRawBufferPointer
    private let marks: CheckedMarks
    let count: Int

    /// Checks the checksum and that the symbols ascend.
    init(_ file: MappedFile, at offset: Int) throws(StorageError) {
        self.file = file
        bytes = try file.section(at: offset, "symbols")
        guard bytes.count >= 4 else { throw file.damaged(offset, "symbols without a count") }
        count = Int(file.word(at: offset + 4))
        guard count <= bytes.count else { throw file.damaged(offset, "more symbols than there is room for") }
        var marks = CheckedMarks(bytes)
        var input = ByteInput(bytes, offset: 4)
        var previous: UnsafeRawBufferPointer?
        for ordinal in 0..<count {
            if ordinal % Self.stride == 0 { marks.begin(at: input.offset) }
            let place = offset + 4 + input.offset
            guard let symbol = input.takeField() else { throw file.damaged(place, "a symbol that reaches too far") }
            if let previous, compareBytes(previous, symbol) >= 0 { throw file.damaged(place, "symbols out of order") }
            previous = symbol
        }
        guard input.atEnd else { throw file.damaged(offset, "more symbols than were counted") }
        marks.end()
        self.marks = marks
    }

    func bytes(_ ordinal: UInt32) throws(StorageError) -> UnsafeRawBufferPointer {
        guard Int(ordinal) < count else { throw file.damaged(file.offset(of: bytes), "symbol \(ordinal) of \(count)") }
        guard let mark = marks.place(Int(ordinal) / Self.stride) else {
            throw file.damaged(file.offset(of: bytes), "the symbols around number \(ordinal) are not what they were")
        }
        var input = ByteInput(bytes, offset: mark)
        var left = Int(ordinal) % Self.stride
        while left > 0, input.skipField() { left &-= 1 }
        guard left == 0, let symbol = input.takeField() else { throw file.damaged(file.offset(of: bytes), "symbol \(ordinal) cannot be read") }
        return symbol
    }

    func text(_ ordinal: UInt32) throws(StorageError) -> String { String(decoding: try bytes(ordinal), as: UTF8.self) }

    /// The place of a text in the table.
    func find(_ text: UnsafeRawBufferPointer) throws(StorageError) -> UInt32? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let order = compareBytes(try bytes(UInt32(middle)), text)
            if order == 0 { return UInt32(middle) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

/// Symbols that were looked up lately: names, and values that many series share, are found without a walk through the table.
struct SymbolCache {
    private static let size = 256

    let symbols: IndexSymbols
    private var texts: [UnsafeRawBufferPointer] = []
    private var known = [(ordinal: UInt32, bytes: UnsafeRawBufferPointer)](
        repeating: (.max, UnsafeRawBufferPointer(start: nil, count: 0)), count: size)

    init(_ symbols: IndexSymbols) { self.symbols = symbols }

    mutating func bytes(_ ordinal: UInt32) throws(StorageError) -> UnsafeRawBufferPointer {
        let place = Int(ordinal) & (Self.size - 1)
        if known[place].ordinal == ordinal { return known[place].bytes }
        let bytes = try symbols.bytes(ordinal)
        known[place] = (ordinal, bytes)
        return bytes
    }

    mutating func labels(_ pairs: [LabelPair]) throws(StorageError) -> Labels {
        texts.removeAll(keepingCapacity: true)
        var size = 0
        for pair in pairs {
            let name = try bytes(pair.name)
            let value = try bytes(pair.value)
            texts.append(name)
            texts.append(value)
            size &+= Self.room(name) &+ Self.room(value)
        }
        let encoding = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            var end = UnsafeMutableRawPointer(start)
            for text in texts { Self.put(text, &end) }
            count = end - UnsafeMutableRawPointer(start)
        }
        return Labels(sortedEncoding: encoding)
    }

    /// At least the bytes of a text with its length before it.
    @inline(__always)
    private static func room(_ text: UnsafeRawBufferPointer) -> Int { text.count &+ (text.count < 0x80 ? 1 : 10) }

    @inline(__always)
    private static func put(_ text: UnsafeRawBufferPointer, _ end: inout UnsafeMutableRawPointer) {
        var length = text.count
        while length >= 0x80 {
            end.storeBytes(of: UInt8(truncatingIfNeeded: length) | 0x80, as: UInt8.self)
            end += 1
            length &>>= 7
        }
        end.storeBytes(of: UInt8(truncatingIfNeeded: length), as: UInt8.self)
        end += 1
        if let from = text.baseAddress { end.copyMemory(from: from, byteCount: text.count) }
        end += text.count
    }
}
