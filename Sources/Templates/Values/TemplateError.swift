/// Why a template cannot be read or executed, in Go's words.
public struct TemplateError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Stage: Sendable { case parsing, executing }

    public let stage: Stage
    /// With the name of the template and the place in it: `template: name:1:24: executing "name" at <.A>: …`.
    public let description: String

    public init(_ stage: Stage, _ description: String) {
        self.stage = stage
        self.description = description
    }
}
