public import ClientConfiguration

/// The headers that say who we are. Files are read anew for each request, so that rotated secrets are taken up.
public struct Credentials: Sendable {
    let readFile: @Sendable (String) throws -> [UInt8]

    public init(readFile: @escaping @Sendable (String) throws -> [UInt8]) { self.readFile = readFile }

    /// Those that a configuration asks for, but for a token that must be fetched first.
    public func headers(_ client: HTTPClientConfiguration) throws -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for header in client.headers {
            headers += header.values.map { (header.name, $0) }
            headers += header.secrets.map { (header.name, $0.revealed) }
            headers += try header.files.map { (header.name, try trimmed($0)) }
        }
        if let basic = client.basicAuth {
            let name = try basic.usernameFile.map(trimmed) ?? basic.username
            let password = try basic.passwordFile.map(trimmed) ?? basic.password?.revealed ?? ""
            headers.append(("Authorization", "Basic " + Self.base64("\(name):\(password)".utf8)))
        }
        if let authorization = client.authorization {
            let credentials = try authorization.credentialsFile.map(trimmed) ?? authorization.credentials?.revealed ?? ""
            headers.append(("Authorization", authorization.type + " " + credentials))
        }
        return headers
    }

    /// The content of a file without the blanks and line ends around it.
    public func trimmed(_ path: String) throws -> String {
        let text: String
        do {
            text = String(decoding: try readFile(path), as: UTF8.self)
        } catch {
            throw WebError("unable to read file \(path)")
        }
        let inner = text.drop { $0.isWhitespace }
        return String(inner.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// RFC 4648, with padding.
    public static func base64(_ bytes: some Sequence<UInt8>) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        let all = Array(bytes)
        for start in stride(from: 0, to: all.count, by: 3) {
            let group = all[start..<min(start + 3, all.count)]
            let word = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                out.append(index <= group.count ? alphabet[Int(word >> UInt32(18 - 6 * index)) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
