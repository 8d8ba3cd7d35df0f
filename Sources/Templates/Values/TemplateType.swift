/// What a parameter of a function takes.
public enum TemplateType: Sendable {
    /// Any value, also none.
    case any
    /// As `any`; built-in functions that look into values themselves have this type in messages.
    case inspected
    case string
    /// A slice with this Go name.
    case list(String)
    /// A pointer to a struct with this Go name.
    case record(String)

    var name: String {
        switch self {
        case .any: "interface {}"
        case .inspected: "reflect.Value"
        case .string: "string"
        case .list(let name), .record(let name): name
        }
    }

    var canBeNil: Bool {
        if case .string = self { return false }
        return true
    }

    /// Whether a value that is there can be handed in as it is.
    func accepts(_ value: TemplateValue) -> Bool {
        switch (self, value) {
        case (.any, _), (.inspected, _), (.string, .string): true
        case (.list(let name), .list(let list)): list.typeName == name
        case (.record(let name), .record(let record)): record.typeName == name
        default: false
        }
    }
}
