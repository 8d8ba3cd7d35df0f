import Model

extension TemplateExecution {
    // MARK: Pipelines and commands

    mutating func evaluate(_ pipeline: Pipeline, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        place = .pipeline(pipeline)
        var value: TemplateValue?
        for command in pipeline.commands { value = try evaluate(command, dot, value) }
        let result = value ?? .missing
        for variable in pipeline.variables { try set(variable, result) }
        return result
    }

    /// `last` is the result of the command before, an argument behind all others.
    private mutating func evaluate(_ command: Command, _ dot: TemplateValue, _ last: TemplateValue?) throws(TemplateError) -> TemplateValue {
        try spend(1)
        guard let first = command.operands.first else { return .missing }
        let arguments = Arguments(dot: dot, operands: command.operands.dropFirst(), last: last)
        switch first.kind {
        case .field(let fields):
            place = .operand(first)
            return try chain(dot, fields, .operand(first), arguments)
        case .variable(let variable, let fields): return try evaluate(first, variable, fields, arguments)
        case .chain(let base, let fields): return try evaluate(first, base, fields, arguments)
        case .function(let name): return try call(name, first, .command(command), arguments)
        case .pipeline(let pipeline):
            try refuse(arguments, first)
            return try nested(pipeline, dot)
        case .dot, .null, .bool, .number, .string:
            place = .operand(first)
            try refuse(arguments, first)
            return try constant(first, dot)
        }
    }

    /// What a command hands to its function besides the constants in it.
    struct Arguments {
        let dot: TemplateValue
        let operands: ArraySlice<Operand>
        /// The result of the command before, nil if there is none.
        let last: TemplateValue?

        var count: Int { operands.count + (last == nil ? 0 : 1) }

        static func none(_ dot: TemplateValue) -> Arguments { Arguments(dot: dot, operands: [], last: nil) }
    }

    private func refuse(_ arguments: Arguments, _ operand: Operand) throws(TemplateError) {
        if arguments.count > 0 { throw fault("can't give argument to non-function \(shown(operand))") }
    }

    /// In messages a pipeline stands without its parentheses.
    func shown(_ operand: Operand) -> String {
        if case .pipeline(let pipeline) = operand.kind { return NodeText.text(pipeline) }
        return NodeText.text(operand)
    }

    private mutating func nested(_ pipeline: Pipeline, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        try goDeeper()
        defer { goUp() }
        return try evaluate(pipeline, dot)
    }

    private func constant(_ operand: Operand, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        switch operand.kind {
        case .dot: return dot
        case .bool(let value): return .bool(value)
        case .string(let text, _): return .string(text)
        case .number(let constant):
            switch constant.value {
            case .int(let value): return .int(value)
            case .double(let value): return .double(value)
            case .tooBig: throw fault("\(constant.written) overflows int")
            }
        default: throw fault("nil is not a command")
        }
    }

    // MARK: Variables and fields

    private mutating func evaluate(
        _ operand: Operand, _ variable: Variable, _ fields: [String], _ arguments: Arguments
    ) throws(TemplateError) -> TemplateValue {
        place = .operand(operand)
        guard let slot = variable.slot, let value = variables[slot] else { throw undefined(variable) }
        if !fields.isEmpty { return try chain(value, fields, .operand(operand), arguments) }
        try refuse(arguments, operand)
        return value
    }

    /// `(pipeline).Field`.
    private mutating func evaluate(
        _ operand: Operand, _ base: Operand, _ fields: [String], _ arguments: Arguments
    ) throws(TemplateError) -> TemplateValue {
        place = .operand(operand)
        if case .null = base.kind { throw fault("indirection through explicit nil in \(NodeText.text(operand))") }
        let value = try argument(base, .any, arguments.dot)
        return try chain(value, fields, .operand(operand), arguments)
    }

    /// Asks for one field after the other; the last may be a method and gets the arguments.
    private mutating func chain(
        _ receiver: TemplateValue, _ fields: [String], _ origin: Place, _ arguments: Arguments
    ) throws(TemplateError) -> TemplateValue {
        var value = receiver
        var isAny = false
        for (index, name) in fields.enumerated() {
            let isLast = index == fields.count - 1
            (value, isAny) = try field(name, of: value, isAny, origin, isLast ? arguments : .none(arguments.dot))
        }
        return value
    }

    /// A field's value, and whether its type would allow any other.
    private mutating func field(
        _ name: String, of value: TemplateValue, _ isAny: Bool, _ origin: Place, _ arguments: Arguments
    ) throws(TemplateError) -> (TemplateValue, isAny: Bool) {
        if let method = MessageMembers.member(name, of: value) { return (try call(method, name, origin, arguments), false) }
        switch value {
        case .missing:
            if isAny { throw fault("nil pointer evaluating interface {}.\(name)") }
            return (.missing, false)
        case .labels(let labels), .pairs(let labels):
            try refuse(arguments, method: name)
            return (.string(labels[name] ?? ""), false)
        case .map(let map):
            try refuse(arguments, method: name)
            return (map[name] ?? .missing, true)
        case .record(let record):
            guard let field = record.field(name) else { break }
            if arguments.count > 0 { throw fault("\(name) has arguments but cannot be invoked as function") }
            return (field.value, field.isAny)
        case .object(let object):
            guard let method = object.method(name) else { break }
            return (try call(method, name, origin, arguments), false)
        default: break
        }
        throw fault("can't evaluate field \(name) in type \(isAny ? "interface {}" : value.typeName)")
    }

    private func refuse(_ arguments: Arguments, method name: String) throws(TemplateError) {
        if arguments.count > 0 { throw fault("\(name) is not a method but has arguments") }
    }

    // MARK: Arguments

    /// The value of an operand as an argument of a type.
    mutating func argument(_ operand: Operand, _ type: TemplateType, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        if case .pipeline(let pipeline) = operand.kind {
            place = .pipeline(pipeline)
            return try checked(try nested(pipeline, dot), type)
        }
        place = .operand(operand)
        switch operand.kind {
        case .dot: return try checked(dot, type)
        case .null:
            if type.canBeNil { return Self.zero(type) }
            throw fault("cannot assign nil to \(type.name)")
        case .field(let fields): return try checked(try chain(dot, fields, .operand(operand), .none(dot)), type)
        case .variable(let variable, let fields): return try checked(try evaluate(operand, variable, fields, .none(dot)), type)
        case .function(let name): return try checked(try call(name, operand, .operand(operand), .none(dot)), type)
        case .chain(let base, let fields): return try checked(try evaluate(operand, base, fields, .none(dot)), type)
        case .bool, .number, .string, .pipeline: return try constant(operand, of: type, dot)
        }
    }

    private func constant(_ operand: Operand, of type: TemplateType, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        switch type {
        case .any, .inspected: return try constant(operand, dot)
        case .string:
            if case .string(let text, _) = operand.kind { return .string(text) }
            throw fault("expected string; found \(NodeText.text(operand))")
        case .list, .record: throw fault("can't handle \(NodeText.text(operand)) for arg of type \(type.name)")
        }
    }

    /// The value itself if a parameter takes it.
    func checked(_ value: TemplateValue, _ type: TemplateType) throws(TemplateError) -> TemplateValue {
        if value.isMissing {
            if type.canBeNil { return Self.zero(type) }
            throw fault("invalid value; expected \(type.name)")
        }
        guard type.accepts(value) else { throw fault("wrong type for value; expected \(type.name); got \(value.typeName)") }
        return value
    }

    private static func zero(_ type: TemplateType) -> TemplateValue {
        if case .list(let name) = type { return .list(TemplateList([], typeName: name)) }
        return .missing
    }
}
