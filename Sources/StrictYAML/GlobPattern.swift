/// A shell pattern for one path element: `*`, `?`, `[a-z]`, `[^a-z]` and `\` before a letter that means itself.
public struct GlobPattern: Sendable {
    private enum Part {
        case any
        case one
        case set([ClosedRange<Unicode.Scalar>], negated: Bool)
        case scalar(Unicode.Scalar)
    }

    private let parts: [Part]

    public static func isPattern(_ text: String) -> Bool { text.unicodeScalars.contains { "*?[".unicodeScalars.contains($0) } }

    public init(_ text: String) {
        var parts: [Part] = []
        var rest = Array(text.unicodeScalars)[...]
        while let next = rest.popFirst() {
            switch next {
            case "*": parts.append(.any)
            case "?": parts.append(.one)
            case "[": parts.append(Self.set(&rest))
            case "\\": parts.append(.scalar(rest.popFirst() ?? "\\"))
            default: parts.append(.scalar(next))
            }
        }
        self.parts = parts
    }

    private static func set(_ rest: inout ArraySlice<Unicode.Scalar>) -> Part {
        let negated = rest.first == "^"
        if negated { rest.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while let low = rest.popFirst(), low != "]" {
            var high = low
            if rest.first == "-", rest.count > 1 {
                rest.removeFirst()
                high = rest.popFirst() ?? low
            }
            if low <= high { ranges.append(low...high) }
        }
        return .set(ranges, negated: negated)
    }

    /// Whether the whole of `name` fits.
    public func matches(_ name: String) -> Bool {
        let text = Array(name.unicodeScalars)
        var part = 0
        var at = 0
        var retry: (part: Int, at: Int)?
        while at < text.count || part < parts.count {
            if part < parts.count, case .any = parts[part] {
                retry = (part, at + 1)
                part += 1
            } else if part < parts.count, at < text.count, fits(parts[part], text[at]) {
                part += 1
                at += 1
            } else if let back = retry, back.at <= text.count {
                part = back.part
                at = back.at
            } else {
                return false
            }
        }
        return true
    }

    private func fits(_ part: Part, _ scalar: Unicode.Scalar) -> Bool {
        switch part {
        case .any, .one: true
        case .scalar(let wanted): scalar == wanted
        case .set(let ranges, let negated): ranges.contains { $0.contains(scalar) } != negated
        }
    }
}
