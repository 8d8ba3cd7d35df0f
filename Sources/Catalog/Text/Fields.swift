import Model

/// Why a text that was kept is not what it should be.
struct FieldError: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The members of a JSON object that was kept.
struct Fields {
    private let object: JSONValue

    init(_ object: JSONValue) { self.object = object }

    init(parsing bytes: [UInt8]) throws(FieldError) {
        do { object = try JSONValue(parsing: bytes) } catch { throw FieldError(error.description) }
    }

    func value(_ name: String) throws(FieldError) -> JSONValue {
        guard let value = object[name] else { throw FieldError("no member \(quoted(name))") }
        return value
    }

    func text(_ name: String) throws(FieldError) -> String {
        guard let text = try value(name).text else { throw FieldError("member \(quoted(name)) is no text") }
        return text
    }

    func optionalText(_ name: String) throws(FieldError) -> String? { object[name] == nil ? nil : try text(name) }

    func integer(_ name: String) throws(FieldError) -> Int64 {
        guard let integer = try value(name).integer else { throw FieldError("member \(quoted(name)) is no whole number") }
        return integer
    }

    func optionalInteger(_ name: String) throws(FieldError) -> Int64? { object[name] == nil ? nil : try integer(name) }

    func count(_ name: String) throws(FieldError) -> Int { Int(try integer(name)) }

    func unsigned(_ name: String) throws(FieldError) -> UInt64 {
        guard case .number(let digits) = try value(name), let number = UInt64(digits) else {
            throw FieldError("member \(quoted(name)) is no whole number from 0")
        }
        return number
    }

    func flag(_ name: String) throws(FieldError) -> Bool {
        guard let flag = try value(name).flag else { throw FieldError("member \(quoted(name)) is neither true nor false") }
        return flag
    }

    /// A floating-point number, written as text since JSON knows neither NaN nor the infinities.
    func float(_ name: String) throws(FieldError) -> Double {
        guard let number = FloatParsing.parse(try text(name)) else { throw FieldError("member \(quoted(name)) is no number") }
        return number
    }

    func choice<Choice: RawRepresentable<String>>(_ name: String, as type: Choice.Type) throws(FieldError) -> Choice {
        let text = try text(name)
        guard let choice = Choice(rawValue: text) else { throw FieldError("member \(quoted(name)) has the unknown value \(quoted(text))") }
        return choice
    }

    func list(_ name: String) throws(FieldError) -> [JSONValue] {
        guard let elements = try value(name).elements else { throw FieldError("member \(quoted(name)) is no list") }
        return elements
    }

    func texts(_ name: String) throws(FieldError) -> [String] {
        var texts: [String] = []
        for element in try list(name) {
            guard let text = element.text else { throw FieldError("an element of \(quoted(name)) is no text") }
            texts.append(text)
        }
        return texts
    }

    func pairs(_ name: String) throws(FieldError) -> [Label] { try Self.pairs(try value(name)) }
    func labels(_ name: String) throws(FieldError) -> Labels { Labels(try pairs(name)) }

    static func pairs(_ value: JSONValue) throws(FieldError) -> [Label] {
        guard case .object(let members) = value else { throw FieldError("labels are no object") }
        var pairs: [Label] = []
        for member in members {
            guard let text = member.value.text else { throw FieldError("label \(quoted(member.name)) is no text") }
            pairs.append(Label(member.name, text))
        }
        return pairs
    }
}

/// Writes an object whose members come in the order in which they are put; what is nil is left out.
struct FieldWriter {
    private var members: [JSONValue.Member] = []

    var value: JSONValue { .object(members) }
    var bytes: [UInt8] { value.compact }

    mutating func put(_ name: String, _ value: JSONValue) { members.append(JSONValue.Member(name, value)) }
    mutating func put(_ name: String, _ text: String?) { if let text { put(name, .string(text)) } }
    mutating func put(_ name: String, _ number: (some BinaryInteger)?) { if let number { put(name, JSONValue(number)) } }
    mutating func put(_ name: String, _ flag: Bool) { put(name, .bool(flag)) }
    mutating func put(_ name: String, float: Double) { put(name, .string(FloatFormat.plain(float))) }
    mutating func put(_ name: String, texts: [String]) { put(name, .array(texts.map(JSONValue.string))) }
    mutating func put(_ name: String, pairs: some Sequence<Label>) { put(name, Self.pairs(pairs)) }

    static func pairs(_ pairs: some Sequence<Label>) -> JSONValue { .object(pairs.map { JSONValue.Member($0.name, .string($0.value)) }) }
}
