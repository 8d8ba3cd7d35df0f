extension TemplateParser {
    /// What an action can be: something to do, or the end of what is around it.
    enum Part {
        case statement(Statement)
        case end
        case `else`
    }

    enum ListEnd { case end, `else` }

    mutating func textOrAction() throws(Fault) -> Part {
        let token = nextNonSpace()
        switch token.kind {
        case .text: return .statement(.text(token.text))
        case .leftDelimiter:
            actionLine = token.line
            let part = try action()
            actionLine = 0
            return part
        default: throw unexpected(token, in: "input")
        }
    }

    /// Statements up to an `end` or `else`, which is read too.
    mutating func list() throws(Fault) -> ([Statement], ListEnd) {
        try nested { parser throws(Fault) in
            var statements: [Statement] = []
            while parser.peekNonSpace().kind != .end {
                switch try parser.textOrAction() {
                case .statement(let statement): statements.append(statement)
                case .end: return (statements, .end)
                case .else: return (statements, .else)
                }
            }
            throw parser.fault("unexpected EOF")
        }
    }

    private mutating func action() throws(Fault) -> Part {
        let before = place
        let token = nextNonSpace()
        guard case .keyword(let keyword) = token.kind else {
            place = before
            return .statement(.action(try pipeline("command", until: .rightDelimiter)))
        }
        switch keyword {
        case .block: return .statement(.call(try block()))
        case .stop: return .statement(try loopControl(.stop, "{{break}}"))
        case .next: return .statement(try loopControl(.next, "{{continue}}"))
        case .else: return try elseAction()
        case .end:
            _ = try expect(.rightDelimiter, in: "end")
            return .end
        case .if: return .statement(.if(try branch("if", token.position)))
        case .range: return .statement(.range(try branch("range", token.position)))
        case .with: return .statement(.with(try branch("with", token.position)))
        case .template: return .statement(.call(try call()))
        case .dot, .null, .define:
            place = before
            return .statement(.action(try pipeline("command", until: .rightDelimiter)))
        }
    }

    /// `else` has been read. The `if` or `with` of an `else if` is left.
    private mutating func elseAction() throws(Fault) -> Part {
        let next = peekNonSpace().kind
        if next != .keyword(.if), next != .keyword(.with) { _ = try expect(.rightDelimiter, in: "else") }
        return .else
    }

    private mutating func loopControl(_ statement: Statement, _ word: String) throws(Fault) -> Statement {
        let token = nextNonSpace()
        guard token.kind == .rightDelimiter else { throw unexpected(token, in: word) }
        if ranges == 0 { throw fault("\(word) outside {{range}}") }
        return statement
    }

    // MARK: Control structures

    /// The word itself has been read.
    private mutating func branch(_ word: String, _ position: Int) throws(Fault) -> Branch {
        let outside = scope.mark()
        let pipeline = try pipeline(word, until: .rightDelimiter)
        let head = scope.mark()
        if word == "range" { ranges += 1 }
        let (body, end) = try list()
        if word == "range" { ranges -= 1 }
        var other: [Statement]?
        if end == .else {
            scope.leave(body: head)
            other = try elsePart(of: word)
        }
        scope.restore(outside)
        return Branch(
            position: pipeline.position, pipeline: pipeline, body: body, other: other, slots: outside.slots..<scope.most, bodySlot: head.slots)
    }

    private mutating func elsePart(of word: String) throws(Fault) -> [Statement] {
        let next = peek()
        if word == "if", next.kind == .keyword(.if) {
            _ = self.next()
            return try nested { parser throws(Fault) in [.if(try parser.branch("if", next.position))] }
        }
        if word == "with", next.kind == .keyword(.with) {
            _ = self.next()
            return try nested { parser throws(Fault) in [.with(try parser.branch("with", next.position))] }
        }
        let (statements, end) = try list()
        if end == .else { throw fault("expected end; found {{else}}") }
        return statements
    }

    // MARK: Templates in templates

    private mutating func block() throws(Fault) -> TemplateCall {
        let word = nextNonSpace()
        let name = try templateName(word, in: "block clause")
        let pipeline = try pipeline("block clause", until: .rightDelimiter)
        try block(name)
        return TemplateCall(position: word.position, name: name, pipeline: pipeline)
    }

    private mutating func call() throws(Fault) -> TemplateCall {
        let word = nextNonSpace()
        let name = try templateName(word, in: "template clause")
        let before = place
        if nextNonSpace().kind == .rightDelimiter { return TemplateCall(position: word.position, name: name, pipeline: nil) }
        place = before
        return TemplateCall(position: word.position, name: name, pipeline: try pipeline("template clause", until: .rightDelimiter))
    }

    private func templateName(_ token: TemplateToken, in context: String) throws(Fault) -> String {
        guard token.kind == .string || token.kind == .rawString else { throw unexpected(token, in: context) }
        return try unquoted(token)
    }
}
