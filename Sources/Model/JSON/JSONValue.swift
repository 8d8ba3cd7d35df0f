/// A JSON document, for the small files that describe data. Numbers keep their text, so that no digit of a 64-bit integer is lost.
public indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    /// In the order in which they are written.
    case object([Member])

    public struct Member: Hashable, Sendable {
        public var name: String
        public var value: JSONValue

        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    public init(_ number: some BinaryInteger) { self = .number("\(number)") }

    /// The member of that name, of several the last as most readers have it; nil if there is none or it is null.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self, let found = members.last(where: { sameBytes($0.name, name) }) else { return nil }
        return found.value == .null ? nil : found.value
    }

    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// Nil for what is no number, has a fraction or an exponent, or does not fit.
    public var integer: Int64? {
        guard case .number(let digits) = self else { return nil }
        return Int64(digits)
    }

    public var flag: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    public var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}

/// Text that is no JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// The byte at which it was noticed.
    public let offset: Int
    public let reason: String

    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    public var description: String { "byte \(offset): \(reason)" }
}
