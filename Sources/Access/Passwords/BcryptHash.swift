import CCrypt
import Glibc

/// A password's bcrypt hash: `$2y$10$`, 22 characters of salt, 31 of the hash; the number is the binary logarithm of the work.
///
/// Taken for a hash is what Prometheus takes for one: any letter for the version, and an older number, all of which mean the same today. Computed by libcrypt.
public struct BcryptHash: Sendable {
    public struct Invalid: Error, CustomStringConvertible {
        public let description: String
    }

    /// More takes minutes.
    static let highestSensibleCost = 16
    /// What bcrypt looks at of a password.
    private static let longestPassword = 72
    private static let costs = 4...31
    private static let (saltLength, digestLength) = (22, 31)

    /// 4 through 31.
    public let cost: Int
    /// Version, cost and salt, for libcrypt.
    private let setting: String
    private let digest: [UInt8]
    /// False if no password has this hash: it is cut off, too long, or has characters that hashes do not have.
    let canMatch: Bool

    public init(_ text: String) throws(Invalid) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 59 else {
            throw Invalid(description: "this is no bcrypt hash, which has 60 characters; 'martlet web hash-password' makes one of a password")
        }
        let dollar = UInt8(ascii: "$")
        guard bytes[0] == dollar, bytes[1] <= UInt8(ascii: "2") else {
            throw Invalid(description: "this is no bcrypt hash, which begins with $2y$ or $2b$; 'martlet web hash-password' makes one of a password")
        }
        let start = bytes[2] == dollar ? 3 : 4
        guard let cost = Int(String(decoding: bytes[start..<start + 2], as: UTF8.self)), Self.costs.contains(cost) else {
            throw Invalid(description: "the cost of a bcrypt hash, two digits after the version, is 04 through 31")
        }
        let salt = bytes[start + 3..<min(bytes.count, start + 3 + Self.saltLength)]
        self.cost = cost
        digest = Array(bytes[salt.endIndex...])
        canMatch = digest.count == Self.digestLength && bytes[start + 2] == dollar && (salt + digest).allSatisfy(Self.isLetter)
        let number = cost < 10 ? "0\(cost)" : "\(cost)"
        // libcrypt makes more of the letter than others do.
        setting = "$2b$\(number)$" + String(decoding: salt, as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    /// Takes long, and equally long whatever the password: never on an event loop.
    func matches(_ password: some Collection<UInt8>) -> Bool {
        // To libcrypt, a text ends with its first zero.
        let hasZero = password.contains(0)
        guard let hash = Self.crypt(password.prefix(Self.longestPassword), setting), canMatch, !hasZero else { return false }
        return ConstantTime.equal(Array(hash.utf8.suffix(Self.digestLength)), digest)
    }

    /// Nil if there is no randomness, or the cost is not 4 through 31.
    public static func make(_ password: some Collection<UInt8>, cost: Int = 10) -> String? {
        guard costs.contains(cost), !password.contains(0), password.count <= longestPassword else { return nil }
        var setting = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        guard crypt_gensalt_rn("$2y$", UInt(cost), nil, 0, &setting, Int32(setting.count)) != nil else { return nil }
        return crypt(password, String(decoding: setting.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    private static func crypt(_ password: some Collection<UInt8>, _ setting: String) -> String? {
        let memory = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        memory.initialize(to: crypt_data())
        var phrase = password.map(CChar.init(bitPattern:)) + [0]
        defer {
            explicit_bzero(memory, MemoryLayout<crypt_data>.size)
            explicit_bzero(&phrase, phrase.count)
            memory.deallocate()
        }
        guard let hash = crypt_r(phrase, setting, memory), hash.pointee != CChar(bitPattern: UInt8(ascii: "*")) else { return nil }
        return String(cString: hash)
    }
}
