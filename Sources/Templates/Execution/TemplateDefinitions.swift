/// Templates of several texts, which those read later may call by name.
public struct TemplateDefinitions<Host>: Sendable {
    let functions: TemplateFunctions<Host>
    let limits: TemplateLimits
    private(set) var templates: [String: ParsedTemplate] = [:]

    public init(functions: TemplateFunctions<Host>, limits: TemplateLimits = .standard) {
        self.functions = functions
        self.limits = limits
    }

    /// Reads a text and takes what it defines in the place of what had the same names; the text itself is a template as well.
    /// Throws the first fault, with its line; then nothing has changed.
    public mutating func add(parsing text: String, name: String) throws(TemplateError) {
        templates = Self.merged(templates, try parse(TemplateSource(name: name, text: text)))
    }

    public func defines(_ name: String) -> Bool { templates[name] != nil }

    func parse(_ source: TemplateSource) throws(TemplateError) -> [String: ParsedTemplate] {
        try TemplateParser.parse(source, limits: limits) { functions.has($0) }
    }

    /// As in Go, nothing but blanks replaces nothing.
    static func merged(_ old: [String: ParsedTemplate], _ new: [String: ParsedTemplate]) -> [String: ParsedTemplate] {
        old.merging(new) { old, new in new.isBlank ? old : new }
    }
}
