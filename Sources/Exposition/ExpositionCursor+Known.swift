public import Model

/// What stands behind the key of a known line.
public enum KnownValue {
    /// Another key, or something that has to be read from the start of the line.
    case no
    /// A number and the end of the line, behind which the cursor stands.
    case plain(Double)
    /// A number and a space at this offset, with something behind it; the cursor stays before the line.
    case more(Double, at: Int)
}

/// Lines whose keys were on an earlier page: the key is compared, what is behind it is read, and nothing is allocated.
extension ExpositionCursor {
    /// The steady state: if the next line is a key of this length and fingerprint and a space, reads the number behind it.
    @inlinable
    public mutating func takeValue(keyCount count: Int, _ fingerprint: UInt64, _ fingerprints: Fingerprint) -> KnownValue {
        let value = offset &+ count &+ 1
        guard value < end, page[value &- 1] == 0x20, fingerprints.of(page + offset, count: count) == fingerprint else { return .no }
        return takeValue(at: value)
    }

    @inlinable @inline(__always)
    mutating func takeValue(at value: Int) -> KnownValue {
        var at = value
        if let number = DecimalScan.scan(page, &at, end: end), at < end {
            if page[at] == 0x0a {
                offset = at &+ 1
                return .plain(number)
            }
            if page[at] == 0x20 { return .more(number, at: at) }
        }
        return takeRareValue(at: value)
    }

    /// What summaries without observations repeat on every page, and numbers of more digits than are common.
    @usableFromInline
    mutating func takeRareValue(at value: Int) -> KnownValue {
        if stands("NaN\n", at: value) {
            offset = value &+ 4
            return .plain(StaleMarker.ordinaryNaN)
        }
        var at = value
        while at < end, page[at] != Byte.newline, page[at] != Byte.space { at &+= 1 }
        guard at < end, at > value, let number = try? number(value..<at) else { return .no }
        guard page[at] == Byte.newline else { return .more(number, at: at) }
        offset = at &+ 1
        return .plain(number)
    }

    /// Takes the line at the cursor, of which the key of so many bytes and the space behind it are known to be there. Nil, with the cursor where it
    /// was, if it has to be read from its start.
    public mutating func takeLine(keyCount count: Int) -> SeriesLine? {
        let start = offset
        switch takeValue(at: start &+ count &+ 1) {
        case .no: return nil
        case .plain(let value): return SeriesLine(key: start..<start &+ count, value: value, timestamp: nil, exemplar: 0..<0)
        case .more(let value, let at): return takeMore(value, keyCount: count, at: at)
        }
    }

    /// Takes the line at the cursor, whose value with something behind it, at `rest`, was read. Nil, with the cursor where it was, if that is no
    /// timestamp or exemplar.
    public mutating func takeMore(_ value: Double, keyCount count: Int, at rest: Int) -> SeriesLine? {
        let start = offset
        offset = rest
        guard let more = try? format == .text ? textRest() : openMetricsRest() else {
            offset = start
            return nil
        }
        return SeriesLine(key: start..<start &+ count, value: value, timestamp: more.timestamp, exemplar: more.exemplar)
    }

    /// Moves back to the start of a line.
    public mutating func move(to position: Int) { offset = position }

    /// Takes a comment: the next `count` bytes, if they have this fingerprint and end with a newline.
    @inlinable
    public mutating func take(count: Int, _ fingerprint: UInt64, _ fingerprints: Fingerprint) -> Bool {
        guard count > 0, end &- offset >= count, page[offset &+ count &- 1] == 0x0a, fingerprints.of(page + offset, count: count) == fingerprint
        else { return false }
        offset &+= count
        return true
    }

    /// Moves behind lines without a sign, where the format has such.
    public mutating func skipEmptyLines() {
        guard format == .text else { return }
        while offset < end, page[offset] == Byte.newline { offset &+= 1 }
    }
}

/// What stands behind the value of a line.
struct LineRest {
    var timestamp: Timestamp?
    /// Empty if there is none.
    var exemplar = 0..<0
}
