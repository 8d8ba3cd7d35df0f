import Model

/// `index`, `slice` and `len`. Places in texts count bytes.
enum Indexing {
    static func element(of value: TemplateValue, at indices: ArraySlice<TemplateValue>) throws(TemplateFailure) -> TemplateValue {
        if value.isMissing { throw TemplateFailure("index of untyped nil") }
        var value = value
        for index in indices { value = try element(of: value, at: index) }
        return value
    }

    private static func element(of value: TemplateValue, at index: TemplateValue) throws(TemplateFailure) -> TemplateValue {
        switch value {
        case .list(let list): return list.elements[try place(index, below: list.elements.count, of: "slice")]
        case .string(let text), .markup(let text):
            let bytes = text.utf8
            return .byte(bytes[bytes.index(bytes.startIndex, offsetBy: try place(index, below: bytes.count, of: "string"))])
        case .labels(let labels), .pairs(let labels): return .string(labels[try key(index)] ?? "")
        case .map(let map): return map[try key(index)] ?? .missing
        case .missing: throw TemplateFailure("index of nil pointer")
        default: throw TemplateFailure("can't index item of type \(bareType(value))")
        }
    }

    /// Without the `*` of a pointer, through which one looks.
    private static func bareType(_ value: TemplateValue) -> String {
        if case .record(let record) = value, record.isPointer { return String(record.typeName.dropFirst()) }
        return value.typeName
    }

    private static func key(_ index: TemplateValue) throws(TemplateFailure) -> String {
        if case .string(let key) = index { return key }
        throw TemplateFailure(index.isMissing ? "value is nil; should be of type string" : "value has type \(index.typeName); should be string")
    }

    private static func place(_ index: TemplateValue, below limit: Int, of kind: String) throws(TemplateFailure) -> Int {
        let place = try integer(index)
        // Go looks at the end itself and then stumbles.
        if place == limit { throw TemplateFailure("reflect: \(kind) index out of range") }
        if place < 0 || place > limit { throw TemplateFailure("index out of range: \(place)") }
        return place
    }

    private static func integer(_ index: TemplateValue) throws(TemplateFailure) -> Int {
        switch index {
        case .int(let integer): return integer
        case .byte(let byte): return Int(byte)
        case .missing: throw TemplateFailure("cannot index slice/array with nil")
        default: throw TemplateFailure("cannot index slice/array with type \(index.typeName)")
        }
    }

    static func slice(of value: TemplateValue, _ indices: ArraySlice<TemplateValue>) throws(TemplateFailure) -> TemplateValue {
        if value.isMissing { throw TemplateFailure("slice of untyped nil") }
        if indices.count > 3 { throw TemplateFailure("too many slice indexes: \(indices.count)") }
        switch value {
        case .string(let text): return .string(try slice(of: text, indices))
        case .markup(let text): return .markup(try slice(of: text, indices))
        case .list(let list):
            return .list(TemplateList(Array(list.elements[try bounds(indices, count: list.elements.count)]), typeName: list.typeName))
        default: throw TemplateFailure("can't slice item of type \(bareType(value))")
        }
    }

    private static func slice(of text: String, _ indices: ArraySlice<TemplateValue>) throws(TemplateFailure) -> String {
        if indices.count == 3 { throw TemplateFailure("cannot 3-index slice a string") }
        let range = try bounds(indices, count: text.utf8.count)
        return String(decoding: text.utf8.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
    }

    private static func bounds(_ indices: ArraySlice<TemplateValue>, count: Int) throws(TemplateFailure) -> Range<Int> {
        var places: [Int] = []
        for index in indices {
            let place = try integer(index)
            if place < 0 || place > count { throw TemplateFailure("index out of range: \(place)") }
            places.append(place)
        }
        let (low, high) = (places.first ?? 0, places.count > 1 ? places[1] : count)
        if low > high { throw TemplateFailure("invalid slice index: \(low) > \(high)") }
        if places.count == 3, high > places[2] { throw TemplateFailure("invalid slice index: \(high) > \(places[2])") }
        return low..<high
    }

    static func length(of value: TemplateValue) throws(TemplateFailure) -> Int {
        switch value {
        case .string(let text), .markup(let text): return text.utf8.count
        case .labels(let labels), .pairs(let labels): return labels.count
        case .map(let map): return map.entries.count
        case .list(let list): return list.elements.count
        case .missing: throw TemplateFailure("reflect: call of reflect.Value.Type on zero Value")
        default: throw TemplateFailure("len of type \(bareType(value))")
        }
    }
}
