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
        let source = TemplateSource(name: name, text: text)
        templates = try TemplateParser.parse(source, limits: limits) { functions.has($0) }
        main = templates[name] ?? ParsedTemplate(name: name, source: source, statements: [], slots: 1)
    }

    /// As `init(parsing:name:functions:limits:)`, of a text that may call what others have defined, and define it anew for itself.
    public init(parsing text: String, name: String, with others: TemplateDefinitions<Host>) throws(TemplateError) {
        self.name = name
        self.text = text
        functions = others.functions
        limits = others.limits
        let source = TemplateSource(name: name, text: text)
        let own = try others.parse(source)
        templates = TemplateDefinitions<Host>.merged(others.templates, own)
        main = own[name] ?? ParsedTemplate(name: name, source: source, statements: [], slots: 1)
    }

    /// The text that the template makes of the data. Throws the first fault of the execution, with its place.
    /// - Parameter form: in HTML what comes from the data is escaped.
    public func execute(_ data: TemplateValue, host: Host, form: TemplateForm = .text) throws(TemplateError) -> String {
        var execution = TemplateExecution(template: self, host: host, data: data, form: form)
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
}
