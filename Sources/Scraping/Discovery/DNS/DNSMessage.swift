import Glibc

/// A record that a target can be made of. Names are in the form of master files (RFC 1035, 5.1), with the dot at the end.
public enum DNSRecord: Sendable, Hashable {
    /// A or AAAA.
    case address(String)
    case service(target: String, port: UInt16)
    case mailExchange(String)
    case nameServer(String)
}

/// Why a name could not be looked up, or an answer not be read.
public struct DNSError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Reads answers of name servers (RFC 1035, 4.1). The bytes come from outside: every length in them is held against those that are there.
public struct DNSMessage {
    private static let headerLength = 12
    /// RFC 1035, 2.3.4, in the form with lengths.
    private static let longestName = 255
    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]

    private let bytes: [UInt8]
    private var at = 0

    /// The records of that type in the answer section; those of other types, such as CNAME, are passed over.
    public static func records(_ type: DNSRecordType, in bytes: [UInt8]) throws(DNSError) -> [DNSRecord] {
        var message = DNSMessage(bytes)
        return try message.read(type)
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func read(_ type: DNSRecordType) throws(DNSError) -> [DNSRecord] {
        guard bytes.count >= Self.headerLength else { throw DNSError("the answer is shorter than its header") }
        guard bytes[2] & 0x80 != 0 else { throw DNSError("the answer is a question") }
        at = 4
        let (questions, answers) = (try word(), try word())
        at = Self.headerLength
        for _ in 0..<questions {
            _ = try name()
            try skip(4)
        }
        var records: [DNSRecord] = []
        for _ in 0..<answers {
            if let record = try record(type) { records.append(record) }
        }
        return records
    }

    /// The next record; nil if it is of another type or class.
    private mutating func record(_ wanted: DNSRecordType) throws(DNSError) -> DNSRecord? {
        _ = try name()
        let (type, dataClass) = (try word(), try word())
        try skip(4)
        let length = Int(try word())
        guard bytes.count - at >= length else { throw DNSError("a record is longer than the answer") }
        let end = at + length
        defer { at = end }
        guard type == wanted.code, dataClass == 1 else { return nil }
        let record = try data(wanted, length)
        guard at == end else { throw DNSError("a record's data is not as long as it says") }
        return record
    }

    private mutating func data(_ type: DNSRecordType, _ length: Int) throws(DNSError) -> DNSRecord {
        switch type {
        case .a: return .address(try address(4, of: length))
        case .aaaa: return .address(try address(16, of: length))
        case .srv:
            // Priority and weight: targets have none.
            try skip(4)
            let port = try word()
            return .service(target: try name(), port: port)
        case .mx:
            try skip(2)
            return .mailExchange(try name())
        case .ns: return .nameServer(try name())
        }
    }

    /// An IPv6 address that stands for an IPv4 one (RFC 4291, 2.5.5.2) is written as that, as Prometheus does.
    private mutating func address(_ count: Int, of length: Int) throws(DNSError) -> String {
        guard length == count else { throw DNSError("an address has \(length) bytes") }
        var address = bytes[at..<at + count]
        if count == 16, address.prefix(12).elementsEqual(Self.mappedPrefix) { address = address.suffix(4) }
        var text = [CChar](repeating: 0, count: 64)
        let isWritten = address.withUnsafeBytes { raw in
            inet_ntop(raw.count == 4 ? AF_INET : AF_INET6, raw.baseAddress, &text, socklen_t(text.count)) != nil
        }
        guard isWritten else { throw DNSError("an address cannot be written") }
        at += count
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: Parts

    private mutating func word() throws(DNSError) -> UInt16 {
        guard bytes.count - at >= 2 else { throw DNSError("the answer breaks off") }
        defer { at += 2 }
        return UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
    }

    private mutating func skip(_ count: Int) throws(DNSError) {
        guard bytes.count - at >= count else { throw DNSError("the answer breaks off") }
        at += count
    }

    /// A name, whose end may be told by a pointer to an earlier one (RFC 1035, 4.1.4). Pointers lead strictly towards the beginning, so that none leads
    /// in a circle.
    private mutating func name() throws(DNSError) -> String {
        var out: [UInt8] = []
        var place = at
        var bound = at
        var length = 0
        var hasJumped = false
        while true {
            guard place < bytes.count else { throw DNSError("a name breaks off") }
            let head = Int(bytes[place])
            if head & 0xc0 == 0xc0 {
                guard place + 1 < bytes.count else { throw DNSError("a name breaks off") }
                let target = (head & 0x3f) << 8 | Int(bytes[place + 1])
                guard target < bound else { throw DNSError("a name points forwards") }
                if !hasJumped { at = place + 2 }
                (place, bound, hasJumped) = (target, target, true)
                continue
            }
            guard head & 0xc0 == 0 else { throw DNSError("a name has a label of an unknown kind") }
            length += head + 1
            guard length <= Self.longestName else { throw DNSError("a name is longer than \(Self.longestName) bytes") }
            guard bytes.count - place > head else { throw DNSError("a name breaks off") }
            Self.append(bytes[place + 1..<place + 1 + head], to: &out)
            place += 1 + head
            if head == 0 { break }
        }
        if !hasJumped { at = place }
        return String(decoding: out, as: UTF8.self)
    }

    /// A label and its dot; signs that mean something, and bytes that are no letters, are escaped. The root is a dot alone.
    private static func append(_ label: ArraySlice<UInt8>, to out: inout [UInt8]) {
        if label.isEmpty, !out.isEmpty { return }
        for byte in label {
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ";"),
                UInt8(ascii: "@"), UInt8(ascii: " "), UInt8(ascii: "'"):
                out += [UInt8(ascii: "\\"), byte]
            case 0x21...0x7e: out.append(byte)
            default:
                out.append(UInt8(ascii: "\\"))
                for divisor: UInt8 in [100, 10, 1] { out.append(UInt8(ascii: "0") + byte / divisor % 10) }
            }
        }
        out.append(UInt8(ascii: "."))
    }
}
