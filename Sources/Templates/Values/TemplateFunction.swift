/// Why a function could not give its result.
public struct TemplateFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// A function that templates can call. `Host` is what the execution hands to it: the world outside of the template.
public struct TemplateFunction<Host>: Sendable {
    public typealias Body = @Sendable (Host, [TemplateValue]) throws(TemplateFailure) -> TemplateValue

    let parameters: [TemplateType]
    /// The type of any number of further arguments, nil if there may be none.
    let rest: TemplateType?
    let body: Body
    /// For `and` and `or`: the truth of an argument that decides, so that those behind it are not evaluated.
    var stopsEarly: Bool?
    /// For `call`: its message shows how the first argument is written.
    var isCall = false

    public init(_ parameters: [TemplateType], rest: TemplateType? = nil, _ body: @escaping Body) {
        self.parameters = parameters
        self.rest = rest
        self.body = body
    }

    /// The type of the argument at an index.
    func type(at index: Int) -> TemplateType { index < parameters.count ? parameters[index] : rest ?? .any }
}

/// The functions that a template may call, by name. The built-in ones come with it, unless others have taken their names.
public struct TemplateFunctions<Host>: Sendable {
    private(set) var named: [String: TemplateFunction<Host>]

    public init(_ functions: [String: TemplateFunction<Host>] = [:]) {
        named = BuiltInFunctions<Host>.all.merging(functions) { _, other in other }
    }

    func has(_ name: String) -> Bool { named[name] != nil }
}
