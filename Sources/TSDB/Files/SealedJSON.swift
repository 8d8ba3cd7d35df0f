import Model

/// A checksum inside a JSON document, for small files on which much depends: in JSON one changed bit can make another number or another word.
///
/// The last member, `checksum`, is the CRC-32C, eight hexadecimal digits, of the indented text of all other members. Readers that do not know it
/// pass over it.
extension JSONValue {
    private static let sealName = "checksum"

    func sealed() -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members + [.init(Self.sealName, .string(seal))])
    }

    /// The document without its checksum; nil if it does not end in one. Throws if the checksum does not hold.
    func unsealed() throws(JSONError) -> JSONValue? {
        guard case .object(let members) = self, let last = members.last, last.name == Self.sealName else { return nil }
        let rest = JSONValue.object(members.dropLast())
        guard last.value.text == rest.seal else { throw JSONError(offset: 0, reason: "fails its checksum") }
        return rest
    }

    private var seal: String {
        let digits = String(indented.withUnsafeBytes { checksum($0) }, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
