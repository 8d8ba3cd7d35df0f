import Model

/// Comparisons of values of any type, which hold only between kinds that Go lets compare.
enum Comparison {
    private enum Kind: Equatable { case bool, int, byte, double, string, other }

    private static func kind(_ value: TemplateValue) -> Kind {
        switch value {
        case .bool: .bool
        case .int: .int
        case .byte: .byte
        case .double: .double
        case .string, .markup: .string
        default: .other
        }
    }

    static func isEqual(_ value: TemplateValue, toAny others: ArraySlice<TemplateValue>) throws(TemplateFailure) -> Bool {
        if others.isEmpty { throw TemplateFailure("missing argument for comparison") }
        for other in others where try isEqual(value, other) { return true }
        return false
    }

    private static func isEqual(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateFailure) -> Bool {
        switch (a, b) {
        case (.bool(let x), .bool(let y)): return x == y
        case (.int(let x), .int(let y)): return x == y
        case (.byte(let x), .byte(let y)): return x == y
        case (.int(let x), .byte(let y)): return x == Int(y)
        case (.byte(let x), .int(let y)): return Int(x) == y
        case (.double(let x), .double(let y)): return x == y
        default: break
        }
        if let x = a.asText, let y = b.asText { return sameBytes(x, y) }
        if kind(a) == kind(b) { return try isIdentical(a, b) }
        if !a.isMissing, !b.isMissing { throw incompatible(a, b) }
        return false
    }

    /// Of values that are no plain ones only whether they are there can be compared, and whether they are the very same.
    private static func isIdentical(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateFailure) -> Bool {
        if a.isMissing || b.isMissing { return a.isMissing == b.isMissing }
        switch (a, b) {
        case (.record(let x), .record(let y)) where x.isPointer && y.isPointer: return x === y
        case (.object(let x), .object(let y)): return x === y || x.number.map { $0 == y.number } ?? false
        default: break
        }
        let limit = TemplateLimits.standard.outputBytes
        let other = GoPrinter.format("%s: \(b.typeName)", [b], limit: limit)
        if isSameShape(a, b) { throw TemplateFailure("non-comparable type \(other)") }
        throw TemplateFailure(GoPrinter.format("non-comparable types %s: \(a.typeName), \(b.typeName): %v", [a, b], limit: limit))
    }

    private static func isSameShape(_ a: TemplateValue, _ b: TemplateValue) -> Bool {
        switch (a, b) {
        case (.labels, .labels), (.pairs, .pairs), (.map, .map), (.labels, .map), (.map, .labels), (.list, .list), (.record, .record): true
        default: false
        }
    }

    static func isLess(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateFailure) -> Bool {
        switch (a, b) {
        case (.int(let x), .int(let y)): return x < y
        case (.byte(let x), .byte(let y)): return x < y
        case (.int(let x), .byte(let y)): return x < Int(y)
        case (.byte(let x), .int(let y)): return Int(x) < y
        case (.double(let x), .double(let y)): return x < y
        default: break
        }
        if kind(a) == .other || kind(b) == .other { throw invalid }
        if let x = a.asText, let y = b.asText { return x.utf8.lexicographicallyPrecedes(y.utf8) }
        throw kind(a) == kind(b) ? invalid : incompatible(a, b)
    }

    static func isLessOrEqual(_ a: TemplateValue, _ b: TemplateValue) throws(TemplateFailure) -> Bool {
        if try isLess(a, b) { return true }
        return try isEqual(a, b)
    }

    private static var invalid: TemplateFailure { TemplateFailure("invalid type for comparison") }

    private static func incompatible(_ a: TemplateValue, _ b: TemplateValue) -> TemplateFailure {
        TemplateFailure("incompatible types for comparison: \(a.typeName) and \(b.typeName)")
    }
}
