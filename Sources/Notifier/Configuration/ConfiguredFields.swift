public import ClientConfiguration
import Model
import StrictYAML

/// A secret that is given in the file or in one of its own, which is read anew each time it is needed.
public struct SecretSource: Sendable, Hashable {
    public var text: Secret?
    public var file: String?

    public init(text: Secret? = nil, file: String? = nil) {
        self.text = text
        self.file = file
    }

    /// Nil if neither is given; an empty text counts as none.
    init?(_ map: YAMLMapping, _ key: String, exclusive: Bool = true) throws(YAMLError) {
        if exclusive { try map.atMostOne(of: key, key + "_file") }
        text = try map.givenText(key).map(Secret.init)
        file = try map.filePath(key + "_file")
        if text == nil, file == nil { return nil }
    }
}

/// A host with a port, `smtp.example.org:587`.
public struct HostPort: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    /// A number or the name of a service.
    public let port: String

    public init(host: String, port: String) {
        self.host = host
        self.port = port
    }

    public var description: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// An IPv6 address must stand in brackets.
    init(_ value: YAMLValue) throws(YAMLError) {
        let text = try value.string()
        guard let colon = text.lastIndex(of: ":") else { throw value.error("expected host:port, found \(quoted(text))") }
        var host = text[..<colon]
        let isBracketed = host.first == "[" && host.last == "]"
        if isBracketed { host = host.dropFirst().dropLast() }
        let hasColon = host.utf8.contains(UInt8(ascii: ":"))
        if host.contains(where: { "[]".contains($0) }) || (hasColon && !isBracketed) {
            throw value.error("expected host:port, an IPv6 address in brackets, found \(quoted(text))")
        }
        self.host = String(host)
        port = String(text[text.index(after: colon)...])
        if port.isEmpty { throw value.error("the port is missing in \(quoted(text))") }
    }
}

extension YAMLMapping {
    func atMostOne(of keys: String...) throws(YAMLError) {
        var given: [String] = []
        for key in keys where try givenText(key) != nil { given.append(key) }
        if given.count > 1 { throw error(at: given[1], "at most one of \(given.joined(separator: " and ")) may be given") }
    }

    /// The text of a key; nil if it is absent or empty.
    func givenText(_ key: String) throws(YAMLError) -> String? {
        guard let text = try given(key)?.string(), !text.isEmpty else { return nil }
        return text
    }

    /// The address of a web server.
    func webAddress(_ key: String) throws(YAMLError) -> String? {
        guard let value = given(key) else { return nil }
        let text = try value.string()
        if let problem = WebAddress.problem(with: text) { throw value.error("\(problem), found \(quoted(text))") }
        return text
    }

    /// As `webAddress`, of what must not be shown. What is shown instead may stand in its place, since configurations are read back.
    func secretAddress(_ key: String) throws(YAMLError) -> Secret? {
        guard let value = given(key) else { return nil }
        let text = try value.string()
        if text == Secret.mask { return Secret(text) }
        // The message must not repeat the text.
        if let problem = WebAddress.problem(with: text) { throw value.error(problem) }
        return Secret(text)
    }

    /// A length of time as Go writes it, in milliseconds.
    func goDuration(_ key: String) throws(YAMLError) -> Int64? {
        guard let value = given(key) else { return nil }
        let text = try value.string()
        guard let milliseconds = GoDurationText.milliseconds(text) else {
            throw value.error("expected a duration such as 500ms, 1.5s or 1m30s (days are not possible here), found \(quoted(text))")
        }
        return milliseconds
    }

    /// Names and texts of the user's choice.
    func texts(_ key: String) throws(YAMLError) -> [(name: String, text: String)] {
        guard let value = given(key) else { return [] }
        var all: [(String, String)] = []
        for (name, _, content) in try value.entries() { all.append((name, try content.string())) }
        return all
    }

    /// The HTTP client block, nil if there is none.
    func httpClient() throws(YAMLError) -> HTTPClientConfiguration? {
        guard let value = given("http_config") else { return nil }
        return try HTTPClientConfiguration(try value.mapping(keys: HTTPClientConfiguration.keys))
    }
}
