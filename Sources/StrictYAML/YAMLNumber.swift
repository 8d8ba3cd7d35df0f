/// Numbers as YAML 1.1 writes them: `1_000`, `0x1f`, `0b101`, `0o17`, `017`, `1.5e3`, `.inf`, `.nan`.
enum YAMLNumber {
    static func integer(_ text: String) -> Int64? {
        var digits = text.filter { $0 != "_" }[...]
        guard let first = text.first, first != "_" else { return nil }
        let negative = first == "-"
        if first == "-" || first == "+" { digits = digits.dropFirst() }
        let (radix, body) = radix(of: digits)
        guard let start = body.first, start != "-", start != "+" else { return nil }
        return Int64((negative ? "-" : "") + body, radix: radix)
    }

    private static func radix(of digits: Substring) -> (Int, Substring) {
        if digits.hasPrefix("0x") { return (16, digits.dropFirst(2)) }
        if digits.hasPrefix("0b") { return (2, digits.dropFirst(2)) }
        if digits.hasPrefix("0o") { return (8, digits.dropFirst(2)) }
        if digits.count > 1, digits.hasPrefix("0") { return (8, digits.dropFirst()) }
        return (10, digits)
    }

    static func float(_ text: String) -> Double? {
        if let whole = integer(text) { return Double(whole) }
        switch text {
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .infinity
        case "-.inf", "-.Inf", "-.INF": return -.infinity
        case ".nan", ".NaN", ".NAN": return .nan
        default: break
        }
        guard text.utf8.allSatisfy({ "0123456789.eE+-_".utf8.contains($0) }) else { return nil }
        return Double(text.filter { $0 != "_" })
    }
}
