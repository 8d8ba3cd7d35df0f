public import Model

// Records as people and other programs read them: in answers of the API and in exports. Times are RFC 3339 in UTC.

extension KeptRecord {
    /// One JSON object.
    public var shown: JSONValue {
        var out = FieldWriter()
        out.put("number", number)
        out.put("kind", entry.kind.name)
        out.put("time", RFC3339.format(entry.time))
        switch entry {
        case .audit(let record): record.show(in: &out)
        case .transition(let record): record.show(in: &out)
        case .attempt(let record): record.show(in: &out)
        case .event(let record): record.show(in: &out)
        }
        return out.value
    }
}

extension FieldWriter {
    fileprivate mutating func put(_ requester: Requester) {
        put("authenticated", requester.authenticated)
        put("claimed", requester.claimed)
        put("address", requester.address)
    }
}

extension AuditRecord {
    fileprivate func show(in out: inout FieldWriter) {
        out.put("action", action)
        out.put("object", object)
        out.put(by)
        out.put("before", before)
        out.put("after", after)
        out.put("failure", failure)
    }
}

extension TransitionRecord {
    fileprivate func show(in out: inout FieldWriter) {
        out.put("from", from.rawValue)
        out.put("to", to.rawValue)
        out.put("labels", pairs: labels)
        out.put("annotations", pairs: annotations)
        out.put("activeAt", RFC3339.format(activeAt))
        out.put("value", float: value)
        out.put("group", group)
        out.put("file", file)
    }
}

extension AttemptRecord {
    fileprivate func show(in out: inout FieldWriter) {
        out.put("receiver", receiver)
        out.put("integration", integration)
        out.put("outcome", outcome.rawValue)
        out.put("detail", detail)
        out.put("attempt", attempt)
        out.put("delivery", delivery)
        out.put("groupKey", groupKey)
        out.put("firing", isFiring)
        out.put("milliseconds", duration)
        out.put("alerts", .array(alerts.map(FieldWriter.pairs)))
    }
}

extension EventRecord {
    fileprivate func show(in out: inout FieldWriter) {
        out.put("event", kind.rawValue)
        out.put("id", id)
        out.put("endsAt", endsAt.map(RFC3339.format))
        out.put("matchers", texts: matchers)
        out.put("comment", comment)
        out.put(by)
    }
}
