import Scraping
import TestKit

/// Writes answers as name servers do, with pointers to names that were written before.
public struct DNSAnswerMaker {
    private var random: SeededRandom
    private var bytes: [UInt8] = []
    /// Names by where they stand.
    private var written: [(name: [String], place: Int)] = []

    public init(_ random: inout SeededRandom) { self.random = SeededRandom(random.next()) }

    /// An answer with records of a type among those of others, and what it holds.
    public mutating func answer(_ type: DNSRecordType) -> ([UInt8], [DNSRecord]) {
        let count = random.below(6)
        let kinds = (0..<count).map { _ in random.below(3) == 0 ? nil : type }
        bytes = [0, 7, 0x81, 0x80, 0, 1, 0, UInt8(count), 0, 0, 0, 0]
        put(name())
        bytes += [0, UInt8(Self.codes[type] ?? 0), 0, 1]
        var records: [DNSRecord] = []
        for kind in kinds {
            put(random.below(2) == 0 ? written[0].name : name())
            // A CNAME stands for all that is passed over.
            bytes += [0, UInt8(kind.flatMap { Self.codes[$0] } ?? 5), 0, 1, 0, 0, 0, 60, 0, 0]
            let start = bytes.count
            if let record = data(kind) { records.append(record) }
            let length = bytes.count - start
            (bytes[start - 2], bytes[start - 1]) = (UInt8(length >> 8), UInt8(length & 255))
        }
        return (bytes, records)
    }

    public static let codes: [DNSRecordType: Int] = [.a: 1, .ns: 2, .mx: 15, .aaaa: 28, .srv: 33]

    private mutating func data(_ type: DNSRecordType?) -> DNSRecord? {
        switch type {
        case nil:
            put(name())
            return nil
        case .a:
            let parts = (0..<4).map { _ in UInt8(random.below(256)) }
            bytes += parts
            return .address(parts.map(String.init).joined(separator: "."))
        case .aaaa:
            // Without zeros at the beginning of a group, and without groups to shorten.
            let groups = (0..<8).map { _ in 0x1000 + random.below(0xe000) }
            for group in groups { bytes += [UInt8(group >> 8), UInt8(group & 255)] }
            return .address(groups.map { String($0, radix: 16) }.joined(separator: ":"))
        case .srv:
            let (port, target) = (random.below(65_536), name())
            bytes += [0, 1, 0, 2, UInt8(port >> 8), UInt8(port & 255)]
            put(target)
            return .service(target: Self.text(target), port: UInt16(port))
        case .mx:
            let target = name()
            bytes += [0, 10]
            put(target)
            return .mailExchange(Self.text(target))
        case .ns:
            let target = name()
            put(target)
            return .nameServer(Self.text(target))
        }
    }

    private mutating func name() -> [String] {
        if !written.isEmpty, random.below(2) == 0 {
            let known = written[random.below(written.count)].name
            return random.below(2) == 0 || known.count > 5 ? known : [label()] + known
        }
        return (0..<1 + random.below(3)).map { _ in label() }
    }

    private mutating func label() -> String {
        String(decoding: (0..<1 + random.below(12)).map { _ in UInt8(ascii: "a") + UInt8(random.below(26)) }, as: UTF8.self)
    }

    private static func text(_ name: [String]) -> String { name.map { $0 + "." }.joined() }

    /// Writes a name; its longest end that stands somewhere already becomes a pointer.
    private mutating func put(_ name: [String]) {
        for start in name.indices {
            let rest = Array(name[start...])
            if random.below(4) > 0, let known = written.first(where: { $0.name == rest }) {
                bytes += [0xc0 | UInt8(known.place >> 8), UInt8(known.place & 255)]
                return
            }
            if bytes.count < 0x3fff { written.append((rest, bytes.count)) }
            bytes.append(UInt8(name[start].utf8.count))
            bytes += Array(name[start].utf8)
        }
        bytes.append(0)
    }
}
