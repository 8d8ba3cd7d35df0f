/// How much one template may need. Go knows no such bounds but that of depth.
public struct TemplateLimits: Sendable {
    /// How deep parentheses, control structures and the like may nest in the text.
    public var nesting = 100
    /// How deep templates may call templates, counting also the control structures and parentheses entered on the way.
    public var depth = 400
    /// Commands and repetitions in one execution.
    public var steps = 1_000_000
    /// Bytes of output, and of any text on the way to it.
    public var outputBytes = 1 << 20

    public init() {}

    public static let standard = TemplateLimits()
}
