public import Access
import NIOSSL
import TestKit

/// Makes and damages what strangers send before they have logged in: `Authorization` headers and client certificates.
public struct AccessFuzz {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public enum Case {
        /// With what it must be read as; nil where nobody knows.
        case header(String, Credentials?)
        case certificate([UInt8])
    }

    public private(set) var read = 0
    public private(set) var refused = 0
    private var random: SeededRandom
    private var mutator: ByteMutator
    private let certificate: [UInt8]

    /// - Parameter certificate: a sound one, in DER.
    public init(seed: UInt64, certificate: [UInt8]) {
        random = SeededRandom(seed)
        self.certificate = certificate
        let words = ["Basic ", "Bearer ", "basic", " ", "=", "==", ":", "Og==", "\u{0}", "é"].map { Array($0.utf8) }
        mutator = ByteMutator(SeededRandom(seed ^ 0x5bd1_e995), words: words)
    }

    public mutating func next() -> Case {
        let (user, password) = (bytes(without: UInt8(ascii: ":")), bytes(without: nil))
        let sound = "Basic " + Self.base64(user + [UInt8(ascii: ":")] + password)
        switch random.below(6) {
        case 0, 1: return .header(sound, .password(user: user, password: password))
        case 2:
            let token = (0...random.below(40)).map { _ in UInt8(0x21 + random.below(0x7e - 0x20)) }
            return .header("bearer  " + String(decoding: token, as: UTF8.self) + " ", .token(token))
        case 3: return .certificate(mutator.mutated(certificate, with: certificate))
        default: return .header(String(decoding: mutator.mutated(Array(sound.utf8), with: Array(sound.utf8)), as: UTF8.self), nil)
        }
    }

    public mutating func check(_ one: Case) throws {
        switch one {
        case .header(let text, let expected):
            let found = Credentials(text)
            if found == nil { refused += 1 } else { read += 1 }
            if let expected, found != expected { throw Failure(description: "\(text) was read as something else") }
            guard found == Credentials(text) else { throw Failure(description: "the same header is read in two ways") }
        case .certificate(let bytes):
            guard let certificate = try? NIOSSLCertificate(bytes: bytes, format: .der) else { return refused += 1 }
            read += 1
            _ = ClientCertificate(certificate, isVerified: false)
        }
    }

    private mutating func bytes(without one: UInt8?) -> [UInt8] {
        (0..<random.below(30)).map { _ in UInt8(random.below(256)) }.filter { $0 != one }
    }

    /// RFC 4648, once more: what is under test must not be its own judge.
    private static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        let text = stride(from: 0, to: bits.count, by: 6).map { start in
            letters[(0..<6).reduce(0) { $0 << 1 | Int(start + $1 < bits.count ? bits[start + $1] : 0) }]
        }
        return String(text) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }
}
