public import Model

extension Silence {
    /// As Alertmanager's API tells it (`gettableSilence`).
    public func write(to out: inout GoJSON, at now: Timestamp) {
        out.object([
            ("id", { $0.string(id) }),
            ("status", { $0.object([("state", { $0.string(state(at: now).rawValue) })]) }),
            ("updatedAt", { $0.string(RFC3339.format(updatedAt)) }),
            ("comment", { $0.string(comment) }),
            ("createdBy", { $0.string(createdBy) }),
            ("endsAt", { $0.string(RFC3339.format(endsAt)) }),
            ("matchers", { $0.list(matchers) { $1.write(to: &$0) } }),
            ("startsAt", { $0.string(RFC3339.format(startsAt)) }),
        ])
    }

    public func json(at now: Timestamp) -> String {
        var out = GoJSON()
        write(to: &out, at: now)
        return out.text
    }
}

extension AlertMatcher {
    fileprivate func write(to out: inout GoJSON) {
        out.object([
            ("isEqual", { $0.raw(kind == .equal || kind == .matches ? "true" : "false") }),
            ("isRegex", { $0.raw(kind == .matches || kind == .matchesNot ? "true" : "false") }),
            ("name", { $0.string(name) }),
            ("value", { $0.string(value) }),
        ])
    }
}
