/// Tells which of the keys that one knows the line at a cursor begins with. Keys of one length are compared at the cost of one fingerprint.
public struct KeyProbe {
    /// A value may have what ends a key, so that one guess is not enough; a page that has it everywhere must not cost the square of its lines.
    private static let guesses = 3

    private let cursor: ExpositionCursor
    private let fingerprints = Fingerprint.shared
    private var last = LineKey(fingerprint: 0, count: -1)
    /// Where the search for the end of the key goes on.
    private var searched: Int
    private var guessed = 0

    /// `cursor` stands at the start of a line.
    public init(_ cursor: ExpositionCursor) {
        self.cursor = cursor
        searched = cursor.offset
    }

    /// Whether there is a line of a series.
    public var isSeries: Bool { cursor.offset < cursor.end && cursor.page[cursor.offset] != Byte.hash }

    /// Whether the line begins with a key and a space.
    public mutating func has(_ key: LineKey) -> Bool {
        if key.count != last.count {
            let space = cursor.offset &+ key.count
            guard space < cursor.end, cursor.page[space] == Byte.space else { return false }
            last = self.key(key.count)
        }
        return last.fingerprint == key.fingerprint
    }

    /// What the key may be; nil when there is nothing more to guess. A key ends with its name or, behind labels, with a closing brace.
    public mutating func guess() -> LineKey? {
        while guessed < Self.guesses {
            let space = cursor.spaceOrNewline(from: searched)
            guard space < cursor.end, cursor.page[space] == Byte.space, space > cursor.offset else { return nil }
            searched = space &+ 1
            guard guessed == 0 || cursor.page[space &- 1] == Byte.closeBrace else { continue }
            guessed += 1
            return key(space &- cursor.offset)
        }
        return nil
    }

    private func key(_ count: Int) -> LineKey {
        LineKey(fingerprint: fingerprints.of(cursor.page + cursor.offset, count: count), count: count)
    }
}

extension ExpositionCursor {
    /// The first space or newline from an offset on, eight bytes at a time; the end of the page if there is none.
    func spaceOrNewline(from offset: Int) -> Int {
        var at = offset
        while at &+ 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(page).loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let found = Self.zeros(word ^ 0x2020_2020_2020_2020) | Self.zeros(word ^ 0x0a0a_0a0a_0a0a_0a0a)
            if found != 0 { return at &+ found.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < end, page[at] != Byte.space, page[at] != Byte.newline { at &+= 1 }
        return at
    }

    /// The highest bit of each byte that is zero; the lowest that is set is right, those above it may not be.
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 }
}
