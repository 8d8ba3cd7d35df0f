import Model
import Notifier

// The forms in which the notifier's state is kept; see Formats/catalog.md.

extension Alert {
    var bytes: [UInt8] {
        var out = FieldWriter()
        out.put("labels", pairs: labels)
        out.put("annotations", pairs: annotations)
        out.put("startsAt", startsAt)
        out.put("endsAt", endsAt)
        out.put("endIsGuess", endIsGuess)
        out.put("updatedAt", updatedAt)
        out.put("generatorAddress", generatorAddress)
        return out.bytes
    }

    init(_ fields: Fields) throws(FieldError) {
        self.init(
            labels: try fields.labels("labels"), annotations: try fields.pairs("annotations"), startsAt: try fields.integer("startsAt"),
            endsAt: try fields.integer("endsAt"), endIsGuess: try fields.flag("endIsGuess"), updatedAt: try fields.integer("updatedAt"),
            generatorAddress: try fields.text("generatorAddress"))
    }
}

extension Silence {
    var bytes: [UInt8] {
        var out = FieldWriter()
        out.put("id", id)
        out.put("matchers", .array(matchers.map(\.written)))
        out.put("startsAt", startsAt)
        out.put("endsAt", endsAt)
        out.put("updatedAt", updatedAt)
        out.put("createdBy", createdBy)
        out.put("comment", comment)
        return out.bytes
    }

    init(_ fields: Fields) throws(FieldError) {
        var matchers: [AlertMatcher] = []
        for element in try fields.list("matchers") { matchers.append(try AlertMatcher.read(Fields(element))) }
        self.init(
            id: try fields.text("id"), matchers: matchers, startsAt: try fields.integer("startsAt"), endsAt: try fields.integer("endsAt"),
            updatedAt: try fields.integer("updatedAt"), createdBy: try fields.text("createdBy"), comment: try fields.text("comment"))
    }
}

extension AlertMatcher {
    fileprivate var written: JSONValue {
        var out = FieldWriter()
        out.put("name", name)
        out.put("kind", kind.rawValue)
        out.put("value", value)
        return out.value
    }

    fileprivate static func read(_ fields: Fields) throws(FieldError) -> AlertMatcher {
        let kind = try fields.choice("kind", as: Kind.self)
        let (name, value) = (try fields.text("name"), try fields.text("value"))
        do { return try AlertMatcher(kind, name, value) } catch { throw FieldError(error.description) }
    }
}

extension LogKey {
    /// Equal for equal keys alone.
    var bytes: [UInt8] {
        var out = FieldWriter()
        put(to: &out)
        return out.bytes
    }

    fileprivate func put(to out: inout FieldWriter) {
        out.put("receiver", integration.receiver)
        out.put("kind", integration.kind.rawValue)
        out.put("index", integration.index)
        out.put("group", group)
    }

    fileprivate init(_ fields: Fields) throws(FieldError) {
        let integration = IntegrationKey(
            receiver: try fields.text("receiver"), kind: try fields.choice("kind", as: IntegrationKind.self), index: try fields.count("index"))
        self.init(group: try fields.text("group"), integration: integration)
    }
}

extension LogEntry {
    var bytes: [UInt8] {
        var out = FieldWriter()
        key.put(to: &out)
        out.put("firing", fingerprints: firing)
        out.put("resolved", fingerprints: resolved)
        out.put("time", time)
        out.put("expiresAt", expiresAt)
        return out.bytes
    }

    init(_ fields: Fields) throws(FieldError) {
        self.init(
            key: try LogKey(fields), firing: try fields.fingerprints("firing"), resolved: try fields.fingerprints("resolved"),
            time: try fields.integer("time"), expiresAt: try fields.integer("expiresAt"))
    }
}

extension FieldWriter {
    fileprivate mutating func put(_ name: String, fingerprints: Set<Fingerprint>) {
        put(name, texts: fingerprints.sorted().map(\.description))
    }
}

extension Fields {
    fileprivate func fingerprints(_ name: String) throws(FieldError) -> Set<Fingerprint> {
        var found: Set<Fingerprint> = []
        for text in try texts(name) {
            guard let fingerprint = Fingerprint(text) else { throw FieldError("an element of \(quoted(name)) is no fingerprint") }
            found.insert(fingerprint)
        }
        return found
    }
}

extension Delivery {
    var bytes: [UInt8] {
        var out = FieldWriter()
        out.put("id", id)
        key.put(to: &out)
        out.put("groupLabels", pairs: groupLabels)
        out.put("items", .array(items.map(\.value)))
        out.put("reason", reason.rawValue)
        out.put("time", time)
        out.put("repeatInterval", repeatInterval)
        out.put("firing", fingerprints: firing)
        out.put("resolved", fingerprints: resolved)
        out.put("attempts", attempts)
        return out.bytes
    }

    init(_ fields: Fields) throws(FieldError) {
        var items: [Item] = []
        for element in try fields.list("items") { items.append(try Item(Fields(element))) }
        self.init(
            id: try fields.unsigned("id"), key: try LogKey(fields), groupLabels: try fields.labels("groupLabels"), items: items,
            reason: try fields.choice("reason", as: NotificationReason.self), time: try fields.integer("time"),
            repeatInterval: try fields.integer("repeatInterval"), firing: try fields.fingerprints("firing"),
            resolved: try fields.fingerprints("resolved"), attempts: try fields.count("attempts"))
    }
}

extension Delivery.Item {
    fileprivate var value: JSONValue {
        var out = FieldWriter()
        out.put("labels", pairs: labels)
        out.put("annotations", pairs: annotations)
        out.put("startsAt", startsAt)
        out.put("endsAt", endsAt)
        out.put("generatorAddress", generatorAddress)
        return out.value
    }

    fileprivate init(_ fields: Fields) throws(FieldError) {
        self.init(
            labels: try fields.labels("labels"), annotations: try fields.pairs("annotations"), startsAt: try fields.integer("startsAt"),
            endsAt: try fields.optionalInteger("endsAt"), generatorAddress: try fields.text("generatorAddress"))
    }
}
