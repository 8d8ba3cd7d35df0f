public import Model

extension YAMLValue {
    /// Whatever stands here as JSON: plain scalars that look like numbers, truth values or null become these, all others text.
    /// Numbers JSON cannot write (`.inf`, `0x1f`) stay text.
    public func json() -> JSONValue {
        switch node {
        case .scalar(let scalar, _): Self.json(scalar, self)
        case .sequence: .array(((try? list()) ?? []).map { $0.json() })
        case .mapping: .object(((try? entries()) ?? []).map { JSONValue.Member($0.key, $0.value.json()) })
        }
    }

    private static func json(_ scalar: YAMLScalar, _ value: YAMLValue) -> JSONValue {
        if scalar.isNull { return .null }
        guard scalar.plain else { return .string(scalar.text) }
        if let flag = try? value.bool() { return .bool(flag) }
        if let whole = try? value.integer(in: Int64.min...Int64.max) { return JSONValue(whole) }
        if let number = YAMLNumber.float(scalar.text), number.isFinite, case .number(let digits)? = try? JSONValue(parsing: Array(scalar.text.utf8)) {
            return .number(digits)
        }
        return .string(scalar.text)
    }

    /// The content to be written again. `replacement` is asked for each key with the path of the mapping it is in; where it gives something,
    /// that stands in place of the value. Null entries are left out.
    public func output(replacing replacement: (_ path: String, _ key: String, _ value: YAMLValue) -> YAMLOutput?) -> YAMLOutput {
        switch node {
        case .scalar(let scalar, _): return scalar.plain ? .word(scalar.isNull ? "null" : scalar.text) : .text(scalar.text)
        case .sequence: return .list(((try? list()) ?? []).map { $0.output(replacing: replacement) })
        case .mapping:
            let kept = ((try? entries()) ?? []).filter { !$0.value.isNull }
            return .mapping(kept.map { ($0.key, replacement(path, $0.key, $0.value) ?? $0.value.output(replacing: replacement)) })
        }
    }
}
