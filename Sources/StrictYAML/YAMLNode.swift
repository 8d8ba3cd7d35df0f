/// A composed document: aliases replaced, merge keys merged, every part with its place.
indirect enum YAMLNode {
    case scalar(YAMLScalar, YAMLPlace)
    case sequence([YAMLNode], YAMLPlace)
    case mapping([YAMLEntry], YAMLPlace)

    var place: YAMLPlace {
        switch self {
        case .scalar(_, let place), .sequence(_, let place), .mapping(_, let place): place
        }
    }
}

struct YAMLEntry {
    let key: String
    let keyPlace: YAMLPlace
    let value: YAMLNode
}

/// The text of a scalar. Only a plain one (not quoted, no tag) may stand for null, a truth value or a number.
struct YAMLScalar {
    let text: String
    let plain: Bool

    var isNull: Bool { plain && ["", "~", "null", "Null", "NULL"].contains(text) }
}
