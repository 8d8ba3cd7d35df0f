import Model

/// One run of a template.
struct TemplateExecution<Host> {
    /// The part of the template at hand: where a fault is.
    enum Place {
        case none
        case pipeline(Pipeline)
        case command(Command)
        case operand(Operand)
        case call(TemplateCall)
    }

    /// How a list of statements ended.
    enum Ending { case complete, stop, next }

    let template: Template<Host>
    let host: Host
    private(set) var output = ""
    /// Nil where a variable is not declared yet.
    var variables: [TemplateValue?]
    var place = Place.none
    private var current: ParsedTemplate
    private var depth = 0
    private var steps: Int
    private let form: TemplateForm

    init(template: Template<Host>, host: Host, data: TemplateValue, form: TemplateForm = .text) {
        self.template = template
        self.host = host
        self.form = form
        current = template.main
        steps = template.limits.steps
        variables = Self.variables(of: template.main, data)
    }

    private static func variables(of template: ParsedTemplate, _ data: TemplateValue) -> [TemplateValue?] {
        var variables = [TemplateValue?](repeating: nil, count: template.slots)
        variables[0] = data
        return variables
    }

    /// Goes on with another template and its variables.
    mutating func enter(_ template: ParsedTemplate, _ data: TemplateValue) {
        current = template
        variables = Self.variables(of: template, data)
    }

    // MARK: Statements

    @discardableResult
    mutating func run(_ statements: [Statement], _ dot: TemplateValue) throws(TemplateError) -> Ending {
        try goDeeper()
        defer { depth -= 1 }
        for statement in statements {
            let ending = try run(statement, dot)
            if ending != .complete { return ending }
        }
        return .complete
    }

    private mutating func run(_ statement: Statement, _ dot: TemplateValue) throws(TemplateError) -> Ending {
        switch statement {
        case .text(let text): try write(text)
        case .action(let pipeline):
            let value = try evaluate(pipeline, dot)
            if pipeline.variables.isEmpty { try write(value, isEscaped: pipeline.escapesForHTML) }
        case .if(let branch): return try runBranch(branch, dot, changesDot: false)
        case .with(let branch): return try runBranch(branch, dot, changesDot: true)
        case .range(let branch): return try range(branch, dot)
        case .call(let call): try run(call, dot)
        case .stop: return .stop
        case .next: return .next
        }
        return .complete
    }

    private mutating func runBranch(_ branch: Branch, _ dot: TemplateValue, changesDot: Bool) throws(TemplateError) -> Ending {
        forget(branch.slots)
        let value = try evaluate(branch.pipeline, dot)
        if value.isTrue { return try run(branch.body, changesDot ? value : dot) }
        guard let other = branch.other else { return .complete }
        return try run(other, dot)
    }

    private mutating func run(_ call: TemplateCall, _ dot: TemplateValue) throws(TemplateError) {
        place = .call(call)
        guard let called = template.templates[call.name] else {
            throw fault("template \(GoQuote.quote(call.name)) not defined")
        }
        try goDeeper()
        let data: TemplateValue = if let pipeline = call.pipeline { try evaluate(pipeline, dot) } else { .missing }
        let (caller, kept) = (current, variables)
        enter(called, data)
        try run(called.statements, data)
        (current, variables) = (caller, kept)
        depth -= 1
    }

    /// Undoes declarations of an earlier pass.
    private mutating func forget(_ slots: Range<Int>) {
        for slot in slots where slot < variables.count { variables[slot] = nil }
    }

    // MARK: Loops

    private mutating func range(_ branch: Branch, _ dot: TemplateValue) throws(TemplateError) -> Ending {
        forget(branch.slots)
        let value = try evaluate(branch.pipeline, dot)
        if try iterate(over: value, branch) { return .complete }
        guard let other = branch.other else { return .complete }
        return try run(other, dot)
    }

    /// False if there was nothing to iterate over.
    private mutating func iterate(over value: TemplateValue, _ branch: Branch) throws(TemplateError) -> Bool {
        switch value {
        case .list(let list):
            for (index, element) in list.elements.enumerated() {
                guard try pass(branch, .int(index), element) else { break }
            }
            return !list.elements.isEmpty
        case .labels(let labels), .pairs(let labels):
            for label in labels {
                guard try pass(branch, .string(label.name), .string(label.value)) else { break }
            }
            return !labels.isEmpty
        case .map(let map):
            for entry in map.entries {
                guard try pass(branch, .string(entry.key), entry.value) else { break }
            }
            return !map.entries.isEmpty
        case .int(let count): return try iterate(count: count, { .int($0) }, branch)
        case .byte(let count): return try iterate(count: Int(count), { .byte(UInt8($0)) }, branch)
        case .missing: return false
        default: throw fault("range can't iterate over \(GoPrinter.text(of: value, limit: template.limits.outputBytes))")
        }
    }

    private mutating func iterate(count: Int, _ element: (Int) -> TemplateValue, _ branch: Branch) throws(TemplateError) -> Bool {
        if branch.pipeline.variables.count > 1 { throw fault("can't use \(count) to iterate over more than one variable") }
        guard count > 0 else { return false }
        for index in 0..<count {
            guard try pass(branch, .missing, element(index)) else { break }
        }
        return true
    }

    /// One pass through the body of a range; false if a break ends it.
    private mutating func pass(_ branch: Branch, _ index: TemplateValue, _ element: TemplateValue) throws(TemplateError) -> Bool {
        try spend(1)
        let variables = branch.pipeline.variables
        if variables.count == 1 { try set(variables[0], element) }
        if variables.count > 1 {
            try set(variables[0], index)
            try set(variables[1], element)
        }
        forget(branch.bodySlot..<branch.slots.upperBound)
        return try run(branch.body, element) != .stop
    }

    // MARK: Variables

    mutating func set(_ variable: Variable, _ value: TemplateValue) throws(TemplateError) {
        guard let slot = variable.slot else { throw undefined(variable) }
        variables[slot] = value
    }

    func undefined(_ variable: Variable) -> TemplateError { fault("undefined variable: \(variable.name)") }

    // MARK: Output

    private mutating func write(_ text: String) throws(TemplateError) {
        let limit = template.limits.outputBytes
        if output.utf8.count + text.utf8.count > limit { throw fault("more than \(limit) bytes of output") }
        output += text
    }

    private mutating func write(_ value: TemplateValue, isEscaped: Bool) throws(TemplateError) {
        if form == .html, !isEscaped { return try write(HTMLInsertion.escaped(value, behind: output, limit: template.limits.outputBytes)) }
        try write(Self.shown(value, limit: template.limits.outputBytes))
    }

    private static func shown(_ value: TemplateValue, limit: Int) -> String {
        switch value {
        case .string(let text), .markup(let text): text
        case .missing: "<no value>"
        default: GoPrinter.text(of: value, limit: limit)
        }
    }

    // MARK: Bounds and faults

    mutating func goDeeper() throws(TemplateError) {
        guard depth < template.limits.depth else { throw fault("exceeded maximum template depth (\(template.limits.depth))") }
        depth += 1
    }

    mutating func goUp() { depth -= 1 }

    mutating func spend(_ cost: Int) throws(TemplateError) {
        steps -= cost
        if steps < 0 { throw fault("more than \(template.limits.steps) steps") }
    }

    /// A fault at the part of the template at hand.
    func fault(_ message: String) -> TemplateError {
        let (position, context): (Int, String)
        switch place {
        case .none: return TemplateError(.executing, "template: \(current.name): \(message)")
        case .pipeline(let pipeline): (position, context) = (pipeline.position, NodeText.text(pipeline))
        case .command(let command): (position, context) = (command.position, NodeText.text(command))
        case .operand(let operand): (position, context) = (operand.position, NodeText.text(operand))
        case .call(let call): (position, context) = (call.position, NodeText.text(call))
        }
        let (line, column) = current.source.lineAndColumn(position)
        return TemplateError(
            .executing,
            "template: \(current.source.name):\(line):\(column): executing \(GoQuote.quote(current.name)) at <\(context)>: \(message)")
    }
}
