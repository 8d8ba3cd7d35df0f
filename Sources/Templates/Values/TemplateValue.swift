public import Model

/// What a template works with: the data it is executed with, the results of functions and the constants in its text.
///
/// The cases stand for Go's types, since templates show them (`printf "%T"`) and messages name them.
public enum TemplateValue: Sendable {
    /// No value: a missing entry of a map of anything, or Go's nil.
    case missing
    case bool(Bool)
    case int(Int)
    /// One byte of a text, Go's `uint8`.
    case byte(UInt8)
    case double(Double)
    case string(String)
    /// Text that is HTML already; in templates of plain text it differs from a string in the name of its type alone.
    case markup(String)
    /// A map from text to text. A name that is not there has the empty text.
    case labels(Labels)
    /// As `labels`, with the members that Alertmanager's maps have (see `MessageMembers`).
    case pairs(Labels)
    /// A map from text to anything.
    case map(TemplateMap)
    case list(TemplateList)
    case record(TemplateRecord)
    /// Anything else that prints itself and may have members.
    case object(any TemplateObject)
}

/// A map from text to anything, sorted by key (as bytes).
public final class TemplateMap: Sendable {
    public let entries: [(key: String, value: TemplateValue)]
    /// How many maps are in each other.
    private let depth: Int
    /// Freeing and printing maps in maps needs stack.
    private static let mostDepth = 50

    /// Sorts the entries; keys must differ. Throws if maps are in maps too often.
    public init(bounded entries: [(key: String, value: TemplateValue)]) throws(TemplateFailure) {
        self.entries = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        depth = 1 + (entries.map { if case .map(let map) = $0.value { map.depth } else { 0 } }.max() ?? 0)
        if depth > Self.mostDepth { throw TemplateFailure("more than \(Self.mostDepth) maps in each other") }
    }

    public subscript(key: String) -> TemplateValue? {
        entries.first { sameBytes($0.key, key) }?.value
    }
}

/// A slice of values of one type.
public final class TemplateList: Sendable {
    public let elements: [TemplateValue]
    /// Go's name of the whole type, such as `[]string`.
    public let typeName: String

    public init(_ elements: [TemplateValue], typeName: String) {
        self.elements = elements
        self.typeName = typeName
    }
}

/// A struct: named fields in a fixed order.
public final class TemplateRecord: Sendable {
    public struct Field: Sendable {
        public let name: String
        public let value: TemplateValue
        /// Whether the field may hold anything, which only messages tell apart.
        public let isAny: Bool
        /// What JSON calls it, if not the name with a small first letter.
        public let key: String?

        public init(_ name: String, _ value: TemplateValue, isAny: Bool = false, key: String? = nil) {
            self.name = name
            self.value = value
            self.isAny = isAny
            self.key = key
        }
    }

    public let fields: [Field]
    /// Go's name of the type, with a `*` in front if it is reached through a pointer.
    public let typeName: String

    public init(_ fields: [Field], typeName: String) {
        self.fields = fields
        self.typeName = typeName
    }

    var isPointer: Bool { typeName.utf8.first == UInt8(ascii: "*") }

    func field(_ name: String) -> Field? { fields.first { sameBytes($0.name, name) } }
}

/// A value with a text of its own and members that templates can ask for: `(toTime 0).Year`.
public protocol TemplateObject: AnyObject, Sendable {
    /// Go's name of the type.
    var typeName: String { get }
    /// How the value prints.
    var text: String { get }
    /// How the value prints if it is formatted as a number; nil if it is none.
    var number: Int? { get }
    /// The member that has this name, nil if there is none.
    func method(_ name: String) -> TemplateMethod?
}

/// A member of an object, to be called with arguments.
public struct TemplateMethod: Sendable {
    let parameters: [TemplateType]
    let body: @Sendable ([TemplateValue]) throws(TemplateFailure) -> TemplateValue

    public init(
        _ parameters: [TemplateType] = [], _ body: @escaping @Sendable ([TemplateValue]) throws(TemplateFailure) -> TemplateValue
    ) {
        self.parameters = parameters
        self.body = body
    }
}

extension TemplateValue {
    /// Go's name of the type; `<nil>` where there is no value.
    public var typeName: String {
        switch self {
        case .missing: "<nil>"
        case .bool: "bool"
        case .int: "int"
        case .byte: "uint8"
        case .double: "float64"
        case .string: "string"
        case .markup: "template.HTML"
        case .labels: "map[string]string"
        case .pairs: "template.KV"
        case .map: "map[string]interface {}"
        case .list(let list): list.typeName
        case .record(let record): record.typeName
        case .object(let object): object.typeName
        }
    }

    /// What `if` makes of the value: not zero, not empty, not missing.
    public var isTrue: Bool {
        switch self {
        case .missing: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .byte(let value): value != 0
        case .double(let value): value != 0
        case .string(let text), .markup(let text): !text.isEmpty
        case .labels(let labels), .pairs(let labels): !labels.isEmpty
        case .map(let map): !map.entries.isEmpty
        case .list(let list): !list.elements.isEmpty
        case .record: true
        case .object(let object): object.number != 0
        }
    }

    var isMissing: Bool {
        if case .missing = self { return true }
        return false
    }

    /// The text of a value that is a text.
    public var asText: String? {
        switch self {
        case .string(let text), .markup(let text): text
        default: nil
        }
    }
}
