/// Puts a URL together, escaping as RFC 3986 and forms ask for.
public struct TargetURL: CustomStringConvertible {
    private let scheme: String
    private let address: String
    private let path: String
    private let query: [(name: String, values: [String])]

    public init(scheme: String, address: String, path: String, query: [(name: String, values: [String])] = []) {
        self.scheme = scheme
        self.address = address
        self.path = path
        self.query = query
    }

    public var description: String {
        let separator = path.isEmpty || path.utf8.first == UInt8(ascii: "/") ? "" : "/"
        let pairs = query.flatMap { parameter in parameter.values.map { Self.form(parameter.name) + "=" + Self.form($0) } }
        let tail = pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
        return "\(scheme)://\(address)\(separator)\(Self.escaped(path, keeping: "-_.~$&+,/:;=@!*'()"))\(tail)"
    }

    private static func form(_ text: String) -> String {
        escaped(text, keeping: "-_.~ ").split(separator: " ", omittingEmptySubsequences: false).joined(separator: "+")
    }

    private static func escaped(_ text: String, keeping kept: String) -> String {
        var out: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            let isPlain = byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || kept.utf8.contains(byte)
            if isPlain { out.append(byte) } else { out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
