/// A template of Go's `text/template`, read and ready to be executed any number of times, also by several threads at once.
///
/// Missing entries of maps of texts are empty texts, as Prometheus has it (`missingkey=zero`).
public struct Template<Host>: Sendable {
    public let name: String
    /// The text as it was written.
    public let text: String
    let templates: [String: ParsedTemplate]
    let main: ParsedTemplate
    let functions: TemplateFunctions<Host>
    let limits: TemplateLimits

    /// Reads a template. Throws the first fault, with its line.
    public init(
        parsing text: String, name: String, functions: TemplateFunctions<Host>, limits: TemplateLimits = .standard
    ) throws(TemplateError) {
        self.name = name
        self.text = text
        self.functions = functions
        self.limits = limits
        templates = try TemplateParser.parse(text, name: name, limits: limits) { functions.has($0) }
        main = templates[name] ?? ParsedTemplate(name: name, statements: [], slots: 1)
    }

    /// The text that the template makes of the data. Throws the first fault of the execution, with its place.
    public func execute(_ data: TemplateValue, host: Host) throws(TemplateError) -> String {
        var execution = TemplateExecution(template: self, host: host, data: data)
        try execution.run(main.statements, data)
        return execution.output
    }

    /// The names of the templates defined in the text, sorted; the whole one is among them.
    public var definitions: [String] { templates.keys.sorted() }

    /// Executes one of the templates defined in the text.
    public func execute(definition: String, _ data: TemplateValue, host: Host) throws(TemplateError) -> String {
        guard let found = templates[definition] else {
            let (missing, all) = (GoQuote.quote(definition), GoQuote.quote(name))
            throw TemplateError(.executing, "template: no template \(missing) associated with template \(all)")
        }
        var execution = TemplateExecution(template: self, host: host, data: data)
        execution.enter(found, data)
        try execution.run(found.statements, data)
        return execution.output
    }

    /// The line, from 1 on, and the bytes in it before a position.
    func lineAndColumn(_ position: Int) -> (line: Int, column: Int) {
        let before = text.utf8.prefix(position)
        let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
        return (1 + before.count { $0 == UInt8(ascii: "\n") }, column)
    }
}
