/// The two messages that samples are sent in, as the content type names them.
///
/// Specifications: https://prometheus.io/docs/specs/prw/remote_write_spec/ and https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/.
public enum WriteMessage: Sendable {
    case version1, version2

    private static let mediaType = "application/x-protobuf"
    private static let names: [String: WriteMessage] = ["prometheus.WriteRequest": .version1, "io.prometheus.write.v2.Request": .version2]

    /// Without a content type, or without `proto=` in it, version 1 is meant: its senders need not say so.
    ///
    /// Throws `WriteFault` if it is neither.
    public init(contentType: String?) throws(WriteFault) {
        self = .version1
        guard let contentType, !contentType.isEmpty else { return }
        let parts = contentType.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        guard parts[0].lowercased() == Self.mediaType else {
            throw .unsupported("the content type is \(contentType.debugDescription), expected \(Self.mediaType)")
        }
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.trimmed)
            guard pair.count == 2 else { throw .unsupported("the content type \(contentType.debugDescription) has a parameter without a value") }
            guard pair[0].lowercased() == "proto" else { continue }
            guard let message = Self.names[pair[1]] else {
                throw .unsupported("the message \(pair[1].debugDescription) is none of \(Self.names.keys.sorted().joined(separator: ", "))")
            }
            self = message
        }
    }

    /// The encoding of bodies: Snappy's block form, also where nothing is said.
    static func checkEncoding(_ encoding: String?) throws(WriteFault) {
        guard let encoding, encoding.lowercased() != "snappy", !encoding.isEmpty else { return }
        throw .unsupported("the content encoding is \(encoding.debugDescription), expected snappy")
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\"" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\"" { text.removeLast() }
        return String(text)
    }
}

/// Why nothing of a request is stored.
public enum WriteFault: Error, Equatable, CustomStringConvertible {
    /// It will not be understood however often it is sent.
    case malformed(String)
    /// It is not of a kind that is understood; another one may be.
    case unsupported(String)
    /// Not now; the same request may do later.
    case unavailable(String)

    public var description: String {
        switch self {
        case .malformed(let text), .unsupported(let text), .unavailable(let text): text
        }
    }
}
