import Model

/// A value of a JSON document read strictly: asking for what it is not throws where it stands and what was expected.
struct JSONPlace {
    let value: JSONValue
    /// How a reader finds it: `[0].labels.env`; empty for the whole document.
    let path: String

    static func root(_ body: [UInt8]) throws(JSONFault) -> JSONPlace {
        do throws(JSONError) {
            return JSONPlace(value: try JSONValue(parsing: body), path: "")
        } catch {
            throw JSONFault("the answer is no JSON: \(error)")
        }
    }

    func fault(_ message: String) -> JSONFault { JSONFault(path.isEmpty ? message : "\(path): \(message)") }

    /// Null counts as an empty list.
    func elements() throws(JSONFault) -> [JSONPlace] {
        if value == .null { return [] }
        guard let elements = value.elements else { throw fault("expected a list") }
        return elements.enumerated().map { JSONPlace(value: $1, path: "\(path)[\($0)]") }
    }

    func members() throws(JSONFault) -> [(name: String, place: JSONPlace)] {
        guard case .object(let members) = value else { throw fault("expected an object") }
        return members.map { ($0.name, JSONPlace(value: $0.value, path: step($0.name))) }
    }

    /// The member of that name, of several the last; nil if there is none or it is null.
    func member(_ name: String) throws(JSONFault) -> JSONPlace? {
        guard case .object = value else { throw fault("expected an object") }
        return value[name].map { JSONPlace(value: $0, path: step(name)) }
    }

    func text() throws(JSONFault) -> String {
        guard let text = value.text else { throw fault("expected text") }
        return text
    }

    func flag() throws(JSONFault) -> Bool {
        guard let flag = value.flag else { throw fault("expected true or false") }
        return flag
    }

    func integer(in range: ClosedRange<Int64>) throws(JSONFault) -> Int64 {
        guard let number = value.integer, range.contains(number) else {
            throw fault("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func step(_ name: String) -> String {
        let short = name.utf8.count > 60 ? name.prefix(60) + "…" : name[...]
        return path.isEmpty ? String(short) : "\(path).\(short)"
    }
}

struct JSONFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
