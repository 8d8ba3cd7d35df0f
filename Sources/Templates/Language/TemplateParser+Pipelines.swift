extension TemplateParser {
    /// Variables and commands up to a right delimiter or parenthesis, which is read too.
    mutating func pipeline(_ context: String, until end: TemplateToken.Kind) throws(Fault) -> Pipeline {
        let position = peekNonSpace().position
        let (isAssignment, variables) = try variables(context)
        var commands: [Command] = []
        while true {
            let before = place
            let token = nextNonSpace()
            if token.kind == end { break }
            guard Self.beginsOperand(token.kind) else { throw unexpected(token, in: context) }
            place = before
            commands.append(try command())
        }
        try check(commands, context)
        return Pipeline(position: position, isAssignment: isAssignment, variables: variables, commands: commands)
    }

    private static func beginsOperand(_ kind: TemplateToken.Kind) -> Bool {
        switch kind {
        case .bool, .characterConstant, .complex, .field, .identifier, .number, .rawString, .string, .variable, .leftParenthesis: true
        case .keyword(let keyword): keyword == .dot || keyword == .null
        default: false
        }
    }

    /// Only the first command may be a plain value: the others must be able to take the result of the one before.
    private func check(_ commands: [Command], _ context: String) throws(Fault) {
        if commands.isEmpty { throw fault("missing value for \(context)") }
        for (index, command) in commands.enumerated().dropFirst() {
            switch command.operands.first?.kind {
            case .bool, .dot, .null, .number, .string: throw fault("non executable command in pipeline stage \(index + 1)")
            default: break
            }
        }
    }

    // MARK: Variables

    /// Takes `$x :=`, `$x =` and in a range also `$i, $x :=`.
    private mutating func variables(_ context: String) throws(Fault) -> (isAssignment: Bool, [Variable]) {
        var names: [String] = []
        while true {
            let before = place
            let token = peekNonSpace()
            guard token.kind == .variable else { break }
            _ = next()
            let after = nextNonSpace()
            if after.kind == .assign || after.kind == .declare {
                return bind(names + [token.text], isAssignment: after.kind == .assign)
            }
            guard after.kind == .character, after.text == "," else {
                place = before
                break
            }
            names.append(token.text)
            guard context == "range", names.count < 2 else { throw fault("too many declarations in \(context)") }
            let follower = peekNonSpace().kind
            if follower != .variable, follower != .rightDelimiter, follower != .rightParenthesis {
                throw fault("range can only initialize variables")
            }
        }
        return bind(names, isAssignment: false)
    }

    private mutating func bind(_ names: [String], isAssignment: Bool) -> (Bool, [Variable]) {
        var variables: [Variable] = []
        for name in names { variables.append(isAssignment ? scope.assign(name) : scope.declare(name)) }
        return (isAssignment, variables)
    }

    // MARK: Commands

    /// Operands with spaces between them, up to a `|`, which is read too, or the end of the pipeline.
    private mutating func command() throws(Fault) -> Command {
        let position = peekNonSpace().position
        var operands: [Operand] = []
        words: while true {
            _ = peekNonSpace()
            if let operand = try operand() { operands.append(operand) }
            let before = place
            let token = next()
            switch token.kind {
            case .space: continue
            case .rightDelimiter, .rightParenthesis:
                place = before
                break words
            case .pipe: break words
            default: throw unexpected(token, in: "operand")
            }
        }
        if operands.isEmpty { throw fault("empty command") }
        return Command(position: position, operands: operands)
    }

    /// A term with the fields asked of it; nil if the next token is none.
    private mutating func operand() throws(Fault) -> Operand? {
        guard let term = try term() else { return nil }
        let position = peek().position
        var fields: [String] = []
        while peek().kind == .field { fields.append(String(next().text.dropFirst())) }
        if fields.isEmpty { return term }
        switch term.kind {
        case .field(let first): return Operand(.field(first + fields), position: position)
        case .variable(let variable, let first): return Operand(.variable(variable, fields: first + fields), position: position)
        case .bool, .string, .number, .null, .dot:
            throw fault("unexpected . after term \(GoQuote.quote(NodeText.text(term)))")
        default: return Operand(.chain(term, fields: fields), position: position)
        }
    }

    private mutating func term() throws(Fault) -> Operand? {
        let before = place
        let token = nextNonSpace()
        let kind: Operand.Kind
        switch token.kind {
        case .identifier:
            guard isFunction(token.text) else { throw fault("function \(GoQuote.quote(token.text)) not defined") }
            kind = .function(token.text)
        case .keyword(.dot): kind = .dot
        case .keyword(.null): kind = .null
        case .variable: kind = .variable(try variable(token.text), fields: [])
        case .field: kind = .field([String(token.text.dropFirst())])
        case .bool: kind = .bool(token.text == "true")
        case .characterConstant, .complex, .number: kind = .number(try number(token.text))
        case .leftParenthesis:
            kind = .pipeline(
                try nested { parser throws(Fault) in try parser.pipeline("parenthesized pipeline", until: .rightParenthesis) })
        case .string, .rawString: kind = .string(try unquoted(token), written: token.text)
        default:
            place = before
            return nil
        }
        return Operand(kind, position: token.position)
    }

    private func variable(_ name: String) throws(Fault) -> Variable {
        guard let variable = scope.find(name) else { throw fault("undefined variable \(GoQuote.quote(name))") }
        return variable
    }

    private func number(_ text: String) throws(Fault) -> NumberConstant {
        do throws(TemplateFailure) {
            return try NumberConstant(text)
        } catch {
            throw fault(error.description)
        }
    }
}
