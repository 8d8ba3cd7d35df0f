/// How messages show a part of a template: written anew, with single spaces.
enum NodeText {
    static func text(_ pipeline: Pipeline) -> String {
        let commands = pipeline.commands.map { text($0) }.joined(separator: " | ")
        guard !pipeline.variables.isEmpty else { return commands }
        return pipeline.variables.map(\.name).joined(separator: ", ") + (pipeline.isAssignment ? " = " : " := ") + commands
    }

    static func text(_ command: Command) -> String {
        command.operands.map { text($0) }.joined(separator: " ")
    }

    static func text(_ operand: Operand) -> String {
        switch operand.kind {
        case .dot: "."
        case .null: "nil"
        case .bool(let value): value ? "true" : "false"
        case .number(let constant): constant.written
        case .string(_, let written): written
        case .field(let fields): chain("", fields)
        case .variable(let variable, let fields): chain(variable.name, fields)
        case .function(let name): name
        case .chain(let base, let fields): chain(text(base), fields)
        case .pipeline(let pipeline): "(" + text(pipeline) + ")"
        }
    }

    static func text(_ call: TemplateCall) -> String {
        "{{template \(GoQuote.quote(call.name))\(call.pipeline.map { " " + text($0) } ?? "")}}"
    }

    private static func chain(_ base: String, _ fields: [String]) -> String {
        fields.reduce(base) { $0 + "." + $1 }
    }

    // MARK: Whole statements, which messages show where a range or an else is

    static func text(_ statements: [Statement]) -> String { statements.map { text($0) }.joined() }

    static func text(_ statement: Statement) -> String {
        switch statement {
        case .text(let text): text
        case .action(let pipeline): "{{\(text(pipeline))}}"
        case .if(let branch): text(branch, "if")
        case .with(let branch): text(branch, "with")
        case .range(let branch): text(branch, "range")
        case .call(let call): text(call)
        case .stop: "{{break}}"
        case .next: "{{continue}}"
        }
    }

    private static func text(_ branch: Branch, _ word: String) -> String {
        let other = branch.other.map { "{{else}}" + text($0) } ?? ""
        return "{{\(word) \(text(branch.pipeline))}}\(text(branch.body))\(other){{end}}"
    }
}
