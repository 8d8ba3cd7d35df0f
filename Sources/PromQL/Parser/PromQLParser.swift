import Model

/// Reads PromQL. The language is that of Prometheus 3.14; errors have its places and, where known, its words.
public enum PromQLParser {
    /// The checked expression. Throws the first error, with its line and column.
    public static func parse(_ text: String, options: PromQLOptions = .standard) throws(ParseError) -> Expr {
        do {
            var parser = Grammar(text, options)
            let expr = try parser.query()
            try TypeChecker(text: Array(text.utf8)).check(expr)
            return expr
        } catch {
            throw error.located(in: text)
        }
    }

    /// The conditions of a series selector such as `up{job="a"}`, as `match[]` parameters have it.
    public static func parseSeriesSelector(_ text: String) throws(ParseError) -> [Matcher] {
        do {
            var parser = Grammar(text, .standard)
            return try parser.loneSelector().matchers
        } catch {
            throw error.located(in: text)
        }
    }

    /// Reads one series, `name{label="value"}`, from the start of a text; `rest` is what follows it (blanks included). The labels may be
    /// none: `{}`, or nothing at all.
    public static func parseMetric(_ text: String) throws(ParseError) -> (labels: Labels, rest: Substring) {
        do {
            let extent = metricExtent(text)
            var parser = Grammar(String(text[..<extent]), .standard)
            return (try parser.metric(), text[extent...])
        } catch {
            throw error.located(in: text)
        }
    }

    /// Where a series at the start of a text ends: behind its closing brace, or behind its bare name.
    private static func metricExtent(_ text: String) -> String.Index {
        let bytes = text.utf8
        var at = bytes.startIndex
        while at < bytes.endIndex, isBlank(bytes[at]) { at = bytes.index(after: at) }
        while at < bytes.endIndex, isLetter(bytes[at]) || isDigit(bytes[at]) || bytes[at] == UInt8(ascii: ":") { at = bytes.index(after: at) }
        let nameEnd = at
        while at < bytes.endIndex, isBlank(bytes[at]) { at = bytes.index(after: at) }
        // `{{` opens a histogram value, not labels.
        guard at < bytes.endIndex, bytes[at] == UInt8(ascii: "{"), !bytes[at...].dropFirst().starts(with: "{".utf8) else { return nameEnd }
        var quote: UInt8?
        while at < bytes.endIndex {
            let byte = bytes[at]
            at = bytes.index(after: at)
            if let open = quote {
                if byte == UInt8(ascii: "\\"), open != UInt8(ascii: "`"), at < bytes.endIndex {
                    at = bytes.index(after: at)
                } else if byte == open {
                    quote = nil
                }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
                quote = byte
            } else if byte == UInt8(ascii: "}") {
                break
            }
        }
        return at
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
