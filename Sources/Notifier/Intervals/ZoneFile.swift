import Model

/// What is wrong with a file of a time zone.
public struct ZoneFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The byte at which it was noticed.
    public let offset: Int
    public let reason: String

    public var description: String { "byte \(offset): \(reason)" }
}

/// Reads the files that tzdata installs below `/usr/share/zoneinfo` (TZif, RFC 9636).
///
///     | header | data with times of 32 bits | header | data with times of 64 bits | \n rule \n |
///
/// From version 2 on the first data are there for old readers only. A header is 44 bytes: `TZif`, version, 15 zeros, and six counts.
/// Data are, of as many as the counts say: times of changes, their offsets' indexes (1 byte), offsets (seconds in 4 bytes, whether it is
/// summer time, index of the abbreviation), abbreviations, leap seconds, and two lists of flags. All numbers are big-endian.
public struct ZoneFile {
    private let bytes: [UInt8]
    private var at = 0

    /// Files of real zones have a few hundred changes.
    private static let mostChanges = 20_000

    public static func read(_ bytes: [UInt8], name: String) throws(ZoneFileError) -> Zone {
        var file = ZoneFile(bytes: bytes)
        return try file.zone(name)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func error(_ reason: String) -> ZoneFileError { ZoneFileError(offset: at, reason: reason) }

    private mutating func zone(_ name: String) throws(ZoneFileError) -> Zone {
        var header = try header()
        guard header.version >= UInt8(ascii: "2") else {
            let (offsets, changes) = try data(header, timeWidth: 4)
            return Zone(name: name, offsets: offsets, changes: changes, rule: nil)
        }
        try skip(header.size(timeWidth: 4))
        header = try self.header()
        let (offsets, changes) = try data(header, timeWidth: 8)
        return Zone(name: name, offsets: offsets, changes: changes, rule: try rule())
    }

    // MARK: Parts

    private struct Header {
        var version: UInt8
        var utcFlags, standardFlags, leapSeconds, changes, offsets, characters: Int

        func size(timeWidth: Int) -> Int {
            changes * (timeWidth + 1) + offsets * 6 + characters + leapSeconds * (timeWidth + 4) + standardFlags + utcFlags
        }
    }

    private mutating func header() throws(ZoneFileError) -> Header {
        guard bytes[min(at, bytes.count)...].starts(with: "TZif".utf8) else { throw error("no header of a zone file") }
        try skip(4)
        let version = try number(1)
        try skip(15)
        var counts: [Int] = []
        for _ in 0..<6 { counts.append(Int(try number(4))) }
        return Header(
            version: UInt8(truncatingIfNeeded: version), utcFlags: counts[0], standardFlags: counts[1], leapSeconds: counts[2], changes: counts[3],
            offsets: counts[4], characters: counts[5])
    }

    private mutating func data(_ header: Header, timeWidth: Int) throws(ZoneFileError) -> ([Zone.Offset], [Zone.Change]) {
        guard header.size(timeWidth: timeWidth) <= bytes.count - at else { throw error("the file ends before its data") }
        guard (1...256).contains(header.offsets) else { throw error("\(header.offsets) offsets") }
        guard header.changes <= Self.mostChanges else { throw error("\(header.changes) changes") }
        var times: [Int64] = []
        for _ in 0..<header.changes {
            let time = try signed(timeWidth)
            if let last = times.last, time <= last { throw error("changes are not in the order of time") }
            times.append(time)
        }
        var changes: [Zone.Change] = []
        for time in times {
            let index = Int(try number(1))
            guard index < header.offsets else { throw error("offset \(index) of \(header.offsets)") }
            changes.append(Zone.Change(time: time, offset: index))
        }
        let offsets = try offsets(header)
        try skip(header.leapSeconds * (timeWidth + 4) + header.standardFlags + header.utcFlags)
        return (offsets, changes)
    }

    private mutating func offsets(_ header: Header) throws(ZoneFileError) -> [Zone.Offset] {
        var raw: [(seconds: Int, name: Int)] = []
        for _ in 0..<header.offsets {
            let seconds = Int(try signed(4))
            // RFC 9636 allows no more, give or take.
            guard seconds.magnitude < 26 * 3600 else { throw error("an offset of \(seconds) s") }
            try skip(1)
            raw.append((seconds, Int(try number(1))))
        }
        let names = bytes[at..<at + header.characters]
        try skip(header.characters)
        return raw.map { offset in
            let name = names.dropFirst(offset.name).prefix { $0 != 0 }
            return Zone.Offset(seconds: offset.seconds, abbreviation: String(decoding: name, as: UTF8.self))
        }
    }

    /// The rule between two line ends; none if it is empty.
    private mutating func rule() throws(ZoneFileError) -> ZoneRule? {
        guard try number(1) == 0x0a else { throw error("no line end before the rule") }
        let text = bytes[at...].prefix { $0 != 0x0a }
        guard text.endIndex < bytes.count else { throw error("no line end behind the rule") }
        if text.isEmpty { return nil }
        guard let rule = ZoneRule(Array(text)) else { throw error("the rule cannot be read") }
        return rule
    }

    // MARK: Numbers

    private mutating func skip(_ count: Int) throws(ZoneFileError) {
        guard count <= bytes.count - at else { throw error("the file ends too early") }
        at += count
    }

    private mutating func number(_ width: Int) throws(ZoneFileError) -> UInt64 {
        guard width <= bytes.count - at else { throw error("the file ends too early") }
        defer { at += width }
        return bytes[at..<at + width].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func signed(_ width: Int) throws(ZoneFileError) -> Int64 {
        let value = try number(width)
        return width == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    }
}
