/// What an expression evaluates to.
public enum ValueType: String, Sendable {
    case scalar
    case vector
    case matrix
    case string

    /// The name that documentation and error messages use.
    public var documented: String {
        switch self {
        case .vector: "instant vector"
        case .matrix: "range vector"
        case .scalar, .string: rawValue
        }
    }
}
