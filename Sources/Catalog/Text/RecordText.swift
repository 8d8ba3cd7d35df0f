import Model

// The one form in which a record is kept, hashed and spilled; see Formats/catalog.md. A change of it is a new version of the catalog.

extension RecordEntry {
    var value: JSONValue {
        var out = FieldWriter()
        out.put("kind", kind.name)
        switch self {
        case .audit(let record): record.put(to: &out)
        case .transition(let record): record.put(to: &out)
        case .attempt(let record): record.put(to: &out)
        case .event(let record): record.put(to: &out)
        }
        return out.value
    }

    /// JSON on one line.
    var bytes: [UInt8] { value.compact }

    init(_ fields: Fields) throws(FieldError) {
        switch try fields.choice("kind", as: RecordKind.Name.self) {
        case .audit: self = .audit(try AuditRecord(fields))
        case .transition: self = .transition(try TransitionRecord(fields))
        case .attempt: self = .attempt(try AttemptRecord(fields))
        case .event: self = .event(try EventRecord(fields))
        }
    }
}

extension Requester {
    fileprivate var value: JSONValue {
        var out = FieldWriter()
        out.put("authenticated", authenticated)
        out.put("claimed", claimed)
        out.put("address", address)
        return out.value
    }

    fileprivate init(_ value: JSONValue) throws(FieldError) {
        let fields = Fields(value)
        self.init(
            authenticated: try fields.optionalText("authenticated"), claimed: try fields.optionalText("claimed"),
            address: try fields.text("address"))
    }
}

extension AuditRecord {
    fileprivate func put(to out: inout FieldWriter) {
        out.put("time", time)
        out.put("by", by.value)
        out.put("action", action)
        out.put("object", object)
        out.put("before", before)
        out.put("after", after)
        out.put("failure", failure)
    }

    fileprivate init(_ fields: Fields) throws(FieldError) {
        self.init(
            time: try fields.integer("time"), by: try Requester(try fields.value("by")), action: try fields.text("action"),
            object: try fields.text("object"), before: try fields.optionalText("before"), after: try fields.optionalText("after"),
            failure: try fields.optionalText("failure"))
    }
}

extension TransitionRecord {
    fileprivate func put(to out: inout FieldWriter) {
        out.put("time", time)
        out.put("file", file)
        out.put("group", group)
        out.put("labels", pairs: labels)
        out.put("annotations", pairs: annotations)
        out.put("from", from.rawValue)
        out.put("to", to.rawValue)
        out.put("activeAt", activeAt)
        out.put("value", float: value)
    }

    fileprivate init(_ fields: Fields) throws(FieldError) {
        self.init(
            time: try fields.integer("time"), group: try fields.text("group"), file: try fields.text("file"), labels: try fields.labels("labels"),
            annotations: try fields.pairs("annotations"), from: try fields.choice("from", as: State.self),
            to: try fields.choice("to", as: State.self),
            activeAt: try fields.integer("activeAt"), value: try fields.float("value"))
    }
}

extension AttemptRecord {
    fileprivate func put(to out: inout FieldWriter) {
        out.put("time", time)
        out.put("delivery", delivery)
        out.put("receiver", receiver)
        out.put("integration", integration)
        out.put("groupKey", groupKey)
        out.put("attempt", attempt)
        out.put("outcome", outcome.rawValue)
        out.put("detail", detail)
        out.put("alerts", .array(alerts.map(FieldWriter.pairs)))
        out.put("isFiring", isFiring)
        out.put("duration", duration)
    }

    fileprivate init(_ fields: Fields) throws(FieldError) {
        var alerts: [Labels] = []
        for element in try fields.list("alerts") { alerts.append(Labels(try Fields.pairs(element))) }
        self.init(
            time: try fields.integer("time"), delivery: try fields.unsigned("delivery"), receiver: try fields.text("receiver"),
            integration: try fields.text("integration"), groupKey: try fields.text("groupKey"), attempt: try fields.count("attempt"),
            outcome: try fields.choice("outcome", as: Outcome.self), detail: try fields.text("detail"), alerts: alerts,
            isFiring: try fields.flag("isFiring"), duration: try fields.integer("duration"))
    }
}

extension EventRecord {
    fileprivate func put(to out: inout FieldWriter) {
        out.put("id", id)
        out.put("event", kind.rawValue)
        out.put("startsAt", startsAt)
        out.put("endsAt", endsAt)
        out.put("matchers", texts: matchers)
        out.put("comment", comment)
        out.put("by", by.value)
    }

    fileprivate init(_ fields: Fields) throws(FieldError) {
        self.init(
            id: try fields.text("id"), kind: try fields.choice("event", as: Kind.self), startsAt: try fields.integer("startsAt"),
            endsAt: try fields.optionalInteger("endsAt"), matchers: try fields.texts("matchers"), comment: try fields.text("comment"),
            by: try Requester(try fields.value("by")))
    }
}
