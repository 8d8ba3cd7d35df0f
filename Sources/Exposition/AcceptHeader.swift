public import Model

/// What a client that asks for a page says of the forms it reads (RFC 9110 §12.5.1).
struct AcceptHeader {
    struct Range {
        let type: String
        let parameters: [(name: String, value: String)]
        /// From 0 to 1.
        let quality: Double

        subscript(name: String) -> String? { parameters.last { $0.name == name }?.value }
    }

    /// The best first; of equal ones those without a wildcard, and then as they were written.
    let ranges: [Range]

    init(_ text: String) {
        ranges = text.split(separator: ",").map(Self.range).enumerated().sorted { a, b in
            let (left, right) = (a.element, b.element)
            if left.quality != right.quality { return left.quality > right.quality }
            if left.type.contains("*") != right.type.contains("*") { return right.type.contains("*") }
            return a.offset < b.offset
        }.map(\.element)
    }

    private static func range(_ text: Substring) -> Range {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
        var quality = 1.0
        var parameters: [(name: String, value: String)] = []
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            if pair[0] == "q" { quality = Self.quality(pair[1]) } else { parameters.append((String(pair[0]), String(pair[1]))) }
        }
        return Range(type: parts.first?.lowercased() ?? "", parameters: parameters, quality: quality)
    }

    private static func quality(_ text: Substring) -> Double {
        guard let value = FloatParsing.parse(String(text)), value.isFinite else { return 0 }
        return value
    }
}

extension NameEscaping {
    /// How names are to be written on a page for a client with this `Accept` header; underscores where it says nothing.
    ///
    /// As Prometheus 3.5 goes by it for pages of its own: the last word counts down to what it takes for text 0.0.4, which is what both answer with
    /// whatever is asked for.
    public static func accepted(by header: String?) -> NameEscaping {
        var escaping = NameEscaping.underscores
        for range in AcceptHeader(header ?? "").ranges {
            if let wanted = range["escaping"].flatMap(NameEscaping.init(rawValue:)) { escaping = wanted }
            if range.type == "text/plain", ["", "0.0.4"].contains(range["version"] ?? "") { break }
        }
        return escaping
    }
}
