import Model

/// The table that leads from a label to its postings, sorted by name and value:
///
///     | u32 length | u32 count | { uvarint 2, uvarint length, name, uvarint length, value, uvarint offset }… | u32 CRC-32C |
///
/// Kept in memory are the names, and the place of every 32nd value of each with a checksum of what lies up to the next: a quarter of a byte for an
/// entry.
final class PostingsOffsets: @unchecked Sendable {
    // Immutable after the initialiser.
    private static let stride = 32

    struct Name {
        let text: UnsafeRawBufferPointer
        /// How many values it has.
        var count = 0
        /// Where its marks begin.
        let firstMark: Int
    }

    struct Entry {
        let name: UnsafeRawBufferPointer
        let value: UnsafeRawBufferPointer
        let offset: UInt64
    }

    let file: MappedFile
    private let bytes: UnsafeRawBufferPointer
    /// Ascending.
    let names: [Name]
    /// The places in the table of the values 0, 32, 64, … of each name.
    private let marks: CheckedMarks
    /// The texts of the names.
    private let nameTexts: ByteStore
    /// Where the postings of all series are.
    let all: UInt64?

    /// Checks the checksum and that the entries ascend.
    init(_ file: MappedFile, at offset: Int) throws(StorageError) {
        self.file = file
        bytes = try file.section(at: offset, "the offsets of postings")
        var walk = Walk(bytes)
        var input = ByteInput(bytes, offset: 4)
        while !input.atEnd {
            let place = input.offset
            guard let entry = Self.take(&input) else { throw file.damaged(offset + 4 + place, "an entry of the postings table cannot be read") }
            guard walk.note(entry, at: place) else { throw file.damaged(offset + 4 + place, "the postings table is out of order") }
        }
        guard bytes.count >= 4, Int(file.word(at: offset + 4)) == walk.count else {
            throw file.damaged(offset, "the postings table has another number of entries than it tells")
        }
        walk.marks.end()
        nameTexts = ByteStore(capacity: walk.names.reduce(1) { $0 + $1.text.count })
        names = Self.copied(walk.names, nameTexts)
        marks = walk.marks
        all = walk.all
    }

    /// The names with their texts in memory of their own, where no bad page changes them.
    private static func copied(_ names: [Name], _ texts: ByteStore) -> [Name] {
        for name in names { texts.append(name.text) }
        var at = 0
        return names.map { name in
            defer { at += name.text.count }
            return Name(text: UnsafeRawBufferPointer(rebasing: texts.bytes[at..<at + name.text.count]), count: name.count, firstMark: name.firstMark)
        }
    }

    /// What is collected on the way through the table.
    private struct Walk {
        var names: [Name] = []
        var marks: CheckedMarks
        var all: UInt64?
        var count = 0
        private var last: UnsafeRawBufferPointer?

        init(_ table: UnsafeRawBufferPointer) { marks = CheckedMarks(table) }

        /// False if the entry is not behind the one before.
        mutating func note(_ entry: Entry, at place: Int) -> Bool {
            count += 1
            if entry.name.isEmpty {
                guard entry.value.isEmpty, all == nil, names.isEmpty else { return false }
                all = entry.offset
                return true
            }
            let order = names.last.map { compareBytes($0.text, entry.name) } ?? -1
            if order > 0 { return false }
            if order < 0 { names.append(Name(text: entry.name, firstMark: marks.count)) }
            if order == 0, let last, compareBytes(last, entry.value) >= 0 { return false }
            last = entry.value
            let current = names.count - 1
            if names[current].count % PostingsOffsets.stride == 0 { marks.begin(at: place) }
            names[current].count += 1
            return true
        }
    }

    @inline(__always)
    private static func take(_ input: inout ByteInput) -> Entry? {
        guard input.takeVarint() == 2, let name = input.takeField(), let value = input.takeField(), let offset = input.takeVarint() else {
            return nil
        }
        return Entry(name: name, value: value, offset: offset)
    }

    func name(_ text: String) -> Name? {
        var text = text
        return text.withUTF8 { wanted in
            let at = firstIndex(0..<names.count) { compareBytes(names[$0].text, UnsafeRawBufferPointer(wanted)) >= 0 }
            guard at < names.count, compareBytes(names[at].text, UnsafeRawBufferPointer(wanted)) == 0 else { return nil }
            return names[at]
        }
    }

    /// Where the postings of a label are; nil if no series has it.
    func offset(_ name: Name, _ value: [UInt8]) throws(StorageError) -> UInt64? {
        try value.withUnsafeBufferPointer { (value) throws(StorageError) in
            let wanted = UnsafeRawBufferPointer(value)
            var found: UInt64?
            try forEachValue(of: name, notBefore: wanted) { entry in
                if compareBytes(entry.value, wanted) == 0 { found = entry.offset }
                return false
            }
            return found
        }
    }

    /// Calls `body` with the values that are not before `start`, in order, until it returns false.
    func forEachValue(
        of name: Name, notBefore start: UnsafeRawBufferPointer? = nil, _ body: (Entry) throws(StorageError) -> Bool
    ) throws(StorageError) {
        var ordinal = 0
        if let start { ordinal = try firstMark(name, start) * Self.stride }
        var input = ByteInput(bytes, offset: bytes.count)
        while ordinal < name.count {
            if ordinal % Self.stride == 0 { input = ByteInput(bytes, offset: try mark(name.firstMark + ordinal / Self.stride)) }
            guard let entry = Self.take(&input) else { throw unreadable(input.offset) }
            ordinal += 1
            if let start, compareBytes(entry.value, start) < 0 { continue }
            guard try body(entry) else { return }
        }
    }

    /// The mark from which a search for `value` must go on.
    private func firstMark(_ name: Name, _ value: UnsafeRawBufferPointer) throws(StorageError) -> Int {
        var low = 0
        var high = (name.count + Self.stride - 1) / Self.stride
        while high - low > 1 {
            let middle = (low + high) / 2
            var input = ByteInput(bytes, offset: try mark(name.firstMark + middle))
            guard let entry = Self.take(&input) else { throw unreadable(input.offset) }
            if compareBytes(entry.value, value) <= 0 { low = middle } else { high = middle }
        }
        return low
    }

    private func mark(_ index: Int) throws(StorageError) -> Int {
        guard let place = marks.place(index) else {
            throw file.damaged(file.offset(of: bytes), "a part of the postings table is not what it was")
        }
        return place
    }

    /// A page may be lost after the walk.
    private func unreadable(_ place: Int) -> StorageError {
        file.damaged(file.offset(of: bytes) + place, "an entry of the postings table cannot be read")
    }
}

/// The first number of a range for which `isThere` holds, which it does for all behind it; the range's end if there is none.
func firstIndex(_ range: Range<Int>, _ isThere: (Int) -> Bool) -> Int {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
        let middle = (low + high) / 2
        if isThere(middle) { high = middle } else { low = middle + 1 }
    }
    return low
}
