import Model

/// Reads the members of an object that somebody has posted. What is null counts as absent; members that nobody asks for may be there.
struct PostedFields {
    let value: JSONValue
    /// What the whole body is called, and where in it the object is: empty, or `0.`.
    let body: String
    let path: String

    init(_ value: JSONValue, body: String, path: String = "") throws(AlertmanagerFault) {
        guard case .object = value else { throw .unreadable(body, "\(path.isEmpty ? "the body" : path) is \(value.kindName), not an object") }
        self.value = value
        self.body = body
        self.path = path
    }

    private func wrong(_ name: String, _ wanted: String, _ found: JSONValue) -> AlertmanagerFault {
        .unreadable(body, "\(path)\(name) is \(found.kindName), not \(wanted)")
    }

    func text(_ name: String) throws(AlertmanagerFault) -> String? {
        guard let value = value[name] else { return nil }
        guard let text = value.text else { throw wrong(name, "a text", value) }
        return text
    }

    func requiredText(_ name: String) throws(AlertmanagerFault) -> String {
        guard let text = try text(name) else { throw .missing(path + name) }
        return text
    }

    func flag(_ name: String) throws(AlertmanagerFault) -> Bool? {
        guard let value = value[name] else { return nil }
        guard let flag = value.flag else { throw wrong(name, "true or false", value) }
        return flag
    }

    func list(_ name: String) throws(AlertmanagerFault) -> [JSONValue]? {
        guard let value = value[name] else { return nil }
        guard let elements = value.elements else { throw wrong(name, "a list", value) }
        return elements
    }

    /// Names and texts, as labels are given.
    func texts(_ name: String) throws(AlertmanagerFault) -> [Label]? {
        guard let value = value[name] else { return nil }
        guard case .object(let members) = value else { throw wrong(name, "an object", value) }
        var all: [Label] = []
        for member in members {
            guard let text = member.value.text else { throw wrong("\(name).\(member.name)", "a text", member.value) }
            all.append(Label(member.name, text))
        }
        return all
    }

    /// A time; nil also for the one that Go has for "never set".
    func time(_ name: String) throws(AlertmanagerFault) -> Timestamp? {
        guard let text = try text(name), !text.isEmpty else { return nil }
        guard let time = RFC3339.parse(text) else {
            throw .unreadable(body, "\(path)\(name) \(quoted(text)) is not a time such as 2026-01-31T23:59:59Z")
        }
        return time == Self.never ? nil : time
    }

    private static let never = RFC3339.parse(RFC3339.never)
}
