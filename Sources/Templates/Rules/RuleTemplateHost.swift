public import Model

/// What the functions of a rule's template reach outside of it.
public struct RuleTemplateHost {
    /// Answers an instant query at the time of the rule's evaluation. What it throws becomes a part of the message.
    public typealias Query = (String) throws -> [RuleSample]

    /// Where the server is reached from outside, with its path.
    public let externalURL: String
    /// The time of the evaluation, milliseconds since 1970.
    public let now: Timestamp
    let query: Query

    public init(externalURL: String, now: Timestamp, query: @escaping Query) {
        self.externalURL = externalURL
        self.now = now
        self.query = query
    }

    /// The path of the external URL, with what is escaped in it read.
    var path: String {
        var rest = externalURL[...]
        if let scheme = rest.range(of: "://") {
            rest = rest[scheme.upperBound...]
            rest = rest[(rest.firstIndex(of: "/") ?? rest.endIndex)...]
        }
        return PercentText.decoded(rest.prefix { $0 != "?" && $0 != "#" })
    }

    func samples(_ query: String) throws(TemplateFailure) -> [RuleSample] {
        do {
            return try self.query(query)
        } catch {
            throw TemplateFailure("\(error)")
        }
    }
}

enum PercentText {
    /// `%41` becomes `A`; what is no escape stays.
    static func decoded(_ text: Substring) -> String {
        var out: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16), rest.count >= 2 {
                out.append(value)
                rest = rest.dropFirst(2)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension Substring {
    /// Where a text occurs first.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            formIndex(after: &start)
        }
        return nil
    }
}
