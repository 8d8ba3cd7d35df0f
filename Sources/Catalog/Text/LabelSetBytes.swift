import Model

extension Labels {
    /// Labels that were kept in their flat form. Throws if the bytes are not of that form.
    init(kept bytes: [UInt8]) throws(FieldError) {
        var offset = 0
        var count = 0
        while offset < bytes.count {
            guard let next = Self.end(ofFieldAt: offset, bytes) else { throw FieldError("a label set ends within a field") }
            offset = next
            count += 1
        }
        guard count.isMultiple(of: 2) else { throw FieldError("a label set ends behind a name") }
        self.init(sortedEncoding: bytes)
    }

    /// Behind the field whose length begins at `offset`; nil if the bytes end before.
    private static func end(ofFieldAt offset: Int, _ bytes: [UInt8]) -> Int? {
        var (place, length, shift) = (offset, 0, 0)
        while place < bytes.count, shift < 32 {
            length |= Int(bytes[place] & 0x7f) << shift
            place += 1
            if bytes[place - 1] < 0x80 { return bytes.count - place >= length ? place + length : nil }
            shift += 7
        }
        return nil
    }
}
