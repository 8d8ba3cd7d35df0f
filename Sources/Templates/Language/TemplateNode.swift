/// The parts of a template that do something, in the order of the text. All places are bytes from the beginning of the whole text.
enum Statement: Sendable {
    case text(String)
    case action(Pipeline)
    case `if`(Branch)
    case with(Branch)
    case range(Branch)
    case call(TemplateCall)
    case stop
    case next
}

/// `if`, `with` or `range` with what they hold.
final class Branch: Sendable {
    let position: Int
    let pipeline: Pipeline
    let body: [Statement]
    /// Nil if there is no else.
    let other: [Statement]?
    /// The variables that end with the branch, those of the pipeline included.
    let slots: Range<Int>
    /// The first slot of the body.
    let bodySlot: Int

    init(position: Int, pipeline: Pipeline, body: [Statement], other: [Statement]?, slots: Range<Int>, bodySlot: Int) {
        self.position = position
        self.pipeline = pipeline
        self.body = body
        self.other = other
        self.slots = slots
        self.bodySlot = bodySlot
    }
}

/// `{{template "name" pipeline}}`.
final class TemplateCall: Sendable {
    let position: Int
    let name: String
    let pipeline: Pipeline?

    init(position: Int, name: String, pipeline: Pipeline?) {
        self.position = position
        self.name = name
        self.pipeline = pipeline
    }
}

/// Commands, each of which gets the result of the one before as its last argument.
final class Pipeline: Sendable {
    let position: Int
    /// Whether the variables are there already.
    let isAssignment: Bool
    let variables: [Variable]
    let commands: [Command]

    init(position: Int, isAssignment: Bool, variables: [Variable], commands: [Command]) {
        self.position = position
        self.isAssignment = isAssignment
        self.variables = variables
        self.commands = commands
    }
}

/// A variable with its place among those of the template; nil if it cannot have been declared when the template is executed.
struct Variable: Sendable {
    let name: String
    let slot: Int?
}

/// A function, field or variable with its arguments, or a single value.
final class Command: Sendable {
    let position: Int
    let operands: [Operand]

    init(position: Int, operands: [Operand]) {
        self.position = position
        self.operands = operands
    }
}

/// One word of a command.
final class Operand: Sendable {
    enum Kind: Sendable {
        case dot
        case null
        case bool(Bool)
        case number(NumberConstant)
        /// The text and how it is written.
        case string(String, written: String)
        case field([String])
        case variable(Variable, fields: [String])
        case function(String)
        case chain(Operand, fields: [String])
        case pipeline(Pipeline)
    }

    let position: Int
    let kind: Kind

    init(_ kind: Kind, position: Int) {
        self.kind = kind
        self.position = position
    }
}
