/// A template as it is executed.
final class ParsedTemplate: Sendable {
    let name: String
    /// The text that it is a part of.
    let source: TemplateSource
    let statements: [Statement]
    /// How many variables it can have at once; the first is `$`.
    let slots: Int

    init(name: String, source: TemplateSource, statements: [Statement], slots: Int) {
        self.name = name
        self.source = source
        self.statements = statements
        self.slots = slots
    }

    /// Whether it holds nothing but blanks, so that another definition may take its place.
    var isBlank: Bool {
        statements.allSatisfy { if case .text(let text) = $0 { text.utf8.allSatisfy(TemplateLexer.isSpace) } else { false } }
    }
}

/// A text with templates in it, under the name that messages call it by.
final class TemplateSource: Sendable {
    let name: String
    let text: String

    init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// The line, from 1 on, and the bytes in it before a position.
    func lineAndColumn(_ position: Int) -> (line: Int, column: Int) {
        let before = text.utf8.prefix(position)
        let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
        return (1 + before.count { $0 == UInt8(ascii: "\n") }, column)
    }
}

/// Reads a template and those defined in it.
struct TemplateParser {
    /// Ends the reading: the message is complete.
    typealias Fault = TemplateError

    private let source: TemplateSource
    /// The name of the whole, for messages.
    var name: String { source.name }
    let isFunction: (String) -> Bool
    let limits: TemplateLimits
    private let tokens: [TemplateToken]
    private var index = 0
    var scope = VariableScope()
    /// How many `range` bodies are around.
    var ranges = 0
    var depth = 0
    /// The line of the last token read by the definition at hand: where messages say the fault is.
    private var line = 0
    private var furthest = -1
    /// Where the action at hand began, 0 outside.
    var actionLine = 0
    private(set) var templates: [String: ParsedTemplate] = [:]

    init(_ source: TemplateSource, limits: TemplateLimits, isFunction: @escaping (String) -> Bool) {
        self.source = source
        self.limits = limits
        self.isFunction = isFunction
        tokens = TemplateLexer.tokens(of: source.text)
    }

    /// All templates of the text by name, the whole one included.
    static func parse(
        _ source: TemplateSource, limits: TemplateLimits, isFunction: @escaping (String) -> Bool
    ) throws(Fault) -> [String: ParsedTemplate] {
        var parser = TemplateParser(source, limits: limits, isFunction: isFunction)
        try parser.whole()
        return parser.templates
    }

    private mutating func whole() throws(Fault) {
        var statements: [Statement] = []
        while peek().kind != .end {
            if peek().kind == .leftDelimiter {
                let before = index
                _ = next()
                if nextNonSpace().kind == .keyword(.define) {
                    try definition()
                    continue
                }
                index = before
            }
            switch try textOrAction() {
            case .statement(let statement): statements.append(statement)
            case .end: throw fault("unexpected {{end}}")
            case .else: throw fault("unexpected {{else}}")
            }
        }
        try add(name, statements)
    }

    /// `define` has been read.
    private mutating func definition() throws(Fault) {
        try separately { parser throws(Fault) in
            let word = parser.nextNonSpace()
            guard word.kind == .string || word.kind == .rawString else { throw parser.unexpected(word, in: "define clause") }
            let name = try parser.unquoted(word)
            _ = try parser.expect(.rightDelimiter, in: "define clause")
            let (statements, end) = try parser.list()
            if end == .else { throw parser.fault("unexpected {{else}} in define clause") }
            try parser.add(name, statements)
        }
    }

    /// The body of a block, a template of its own.
    mutating func block(_ name: String) throws(Fault) {
        let line = self.line
        try separately { parser throws(Fault) in
            let (statements, end) = try parser.list()
            if end == .else {
                parser.line = line
                throw parser.fault("unexpected {{else}} in block clause")
            }
            try parser.add(name, statements)
        }
    }

    /// A template within the template: with variables, loops and a line count of its own.
    private mutating func separately(_ body: (inout TemplateParser) throws(Fault) -> Void) throws(Fault) {
        let (scope, ranges, line, actionLine) = (self.scope, self.ranges, self.line, self.actionLine)
        self.scope = VariableScope()
        (self.ranges, self.line, self.actionLine) = (0, 0, 0)
        try body(&self)
        (self.scope, self.ranges, self.line, self.actionLine) = (scope, ranges, line, actionLine)
    }

    private mutating func add(_ name: String, _ statements: [Statement]) throws(Fault) {
        let template = ParsedTemplate(name: name, source: source, statements: statements, slots: scope.most)
        if let other = templates[name], !other.isBlank {
            if template.isBlank { return }
            throw fault("template: multiple definition of template \(GoQuote.quote(name))")
        }
        templates[name] = template
    }

    // MARK: Tokens

    mutating func next() -> TemplateToken {
        let token = tokens[index]
        note(token)
        if index < tokens.count - 1 { index += 1 }
        return token
    }

    mutating func peek() -> TemplateToken {
        note(tokens[index])
        return tokens[index]
    }

    private mutating func note(_ token: TemplateToken) {
        guard index > furthest else { return }
        (furthest, line) = (index, token.line)
    }

    mutating func nextNonSpace() -> TemplateToken {
        skipSpace()
        return next()
    }

    mutating func peekNonSpace() -> TemplateToken {
        skipSpace()
        return peek()
    }

    private mutating func skipSpace() {
        while peek().kind == .space { _ = next() }
    }

    /// Where reading can go back to.
    var place: Int {
        get { index }
        set { index = newValue }
    }

    mutating func expect(_ kind: TemplateToken.Kind, in context: String) throws(Fault) -> TemplateToken {
        let token = nextNonSpace()
        guard token.kind == kind else { throw unexpected(token, in: context) }
        return token
    }

    func unquoted(_ token: TemplateToken) throws(Fault) -> String {
        guard let text = GoQuote.unquote(token.text) else { throw fault("invalid syntax") }
        return text
    }

    // MARK: Faults

    func fault(_ message: String) -> Fault {
        Fault(.parsing, "template: \(name):\(line): \(message)")
    }

    func unexpected(_ token: TemplateToken, in context: String) -> Fault {
        guard token.kind == .fault else { return fault("unexpected \(token.shown) in \(context)") }
        guard actionLine != 0, actionLine != token.line else { return fault(token.shown) }
        let started = token.text.hasSuffix(" action") ? " started at" : " in action started at"
        return fault("\(token.shown)\(started) \(name):\(actionLine)")
    }

    /// Goes one level deeper.
    mutating func nested<R>(_ body: (inout TemplateParser) throws(Fault) -> R) throws(Fault) -> R {
        guard depth < limits.nesting else { throw fault("max expression depth exceeded") }
        depth += 1
        let result = try body(&self)
        depth -= 1
        return result
    }
}
