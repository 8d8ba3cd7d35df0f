import Model

/// Values of templates as Go's `encoding/json` writes them.
enum TemplateJSON {
    static func text(of value: TemplateValue) throws(TemplateFailure) -> String { try json(value).goText }

    private static func json(_ value: TemplateValue) throws(TemplateFailure) -> JSONValue {
        switch value {
        case .missing: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): JSONValue(number)
        case .byte(let number): JSONValue(number)
        case .double(let number): try json(number)
        case .string(let text), .markup(let text): .string(text)
        case .labels(let labels), .pairs(let labels): .object(labels.map { JSONValue.Member($0.name, .string($0.value)) })
        case .map(let map): .object(try map.entries.map { entry throws(TemplateFailure) in JSONValue.Member(entry.key, try json(entry.value)) })
        case .list(let list): .array(try list.elements.map { element throws(TemplateFailure) in try json(element) })
        case .record(let record):
            .object(try record.fields.map { field throws(TemplateFailure) in JSONValue.Member(field.jsonName, try json(field.value)) })
        case .object(let object): json(object)
        }
    }

    private static func json(_ number: Double) throws(TemplateFailure) -> JSONValue {
        guard number.isFinite else { throw TemplateFailure("json: unsupported value: \(FloatFormat.general(number))") }
        return .number(FloatFormat.plain(number))
    }

    private static func json(_ object: any TemplateObject) -> JSONValue {
        if let time = object as? GoTime { return .string(time.format("2006-01-02T15:04:05.999999999Z07:00")) }
        return object.number.map { JSONValue($0) } ?? .string(object.text)
    }
}

extension TemplateRecord.Field {
    /// `StartsAt` becomes `startsAt`.
    fileprivate var jsonName: String { key ?? name.prefix(1).lowercased() + name.dropFirst() }
}
