/// A bearer token, and what the web configuration knows of it.
public struct TokenText: Sendable {
    public let token: String

    /// A new one of 256 random bits.
    public init() {
        var random = SystemRandomNumberGenerator()
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        token = "mt_" + String(decoding: (0..<43).map { _ in letters[Int(random.next() & 63)] }, as: UTF8.self)
    }

    public init(_ token: String) { self.token = token }

    /// 64 hexadecimal digits.
    public var sha256: String {
        SHA256Sum.of(token.utf8).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
