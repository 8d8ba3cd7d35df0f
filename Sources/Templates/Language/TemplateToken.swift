/// A piece of a template's text.
struct TemplateToken {
    enum Kind: Equatable {
        case fault, end, text, leftDelimiter, rightDelimiter, space
        case bool, character, characterConstant, complex, assign, declare, field, identifier, leftParenthesis, rightParenthesis, number, pipe
        case rawString, string, variable
        case keyword(Keyword)
    }

    /// Words that are never names of functions.
    enum Keyword: String {
        case dot = "."
        case null = "nil"
        case block, define, `else`, end, `if`, range, template, with
        case stop = "break"
        case next = "continue"
    }

    let kind: Kind
    /// Bytes from the beginning of the template to this token.
    let position: Int
    /// From 1 on.
    let line: Int
    /// As in the template; the message of a fault.
    let text: String

    /// How messages show the token.
    var shown: String {
        switch kind {
        case .end: return "EOF"
        case .fault: return text
        case .keyword: return "<\(text)>"
        default:
            let scalars = text.unicodeScalars
            if text.utf8.count > 10 { return GoQuote.quote(String(String.UnicodeScalarView(scalars.prefix(10)))) + "..." }
            return GoQuote.quote(text)
        }
    }
}
