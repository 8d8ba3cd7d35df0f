import Access
import Catalog
import Model
import PromQL
import Rules

/// `alerts/history` and `audit`: what is on record. Beyond Prometheus.
extension Endpoints {
    private static let defaultLimit = 1000
    private static let mostAtOnce = 10_000
    /// Where a table has no room for it: the cursor of the next page.
    static let nextHeader = "X-Martlet-Next"

    var recordRoutes: [Route] {
        [
            Route("/api/v1/alerts/history", for: .viewer, needsReadiness: false, on: .loop, by: alertHistory),
            Route("/api/v1/audit", for: .admin, needsReadiness: false, on: .loop, by: audit),
        ]
    }

    /// What alerts did and who was told of it: `start`, `end`, `kind` (transition, attempt), `action` (the state that was reached, or how the attempt
    /// ended), `severity`, `match[]`, `receiver`; `limit`, `cursor`; `format=csv`. All but times, limit and cursor may be repeated.
    private func alertHistory(_ call: APICall) async throws(APIError) -> APIResponse {
        var query = try recordQuery(call.form, kinds: [.transition, .attempt])
        query.receivers = call.form.all("receiver")
        query.selectors = try bySeverity(call.form, try selectors(call.form, mayMatchEverything: true) { .invalid("match[]", $0) })
        return try await answer(call, query)
    }

    /// What people and the server did: `start`, `end`, `kind` (audit, event), `action` (`silence.` stands for all that begin with it); `limit`,
    /// `cursor`; `format=csv`.
    private func audit(_ call: APICall) async throws(APIError) -> APIResponse {
        for name in ["match[]", "severity", "receiver"] where !call.form.all(name).isEmpty {
            throw .invalid(name, "these records tell of no alerts; those of alerts/history do")
        }
        return try await answer(call, try recordQuery(call.form, kinds: [.audit, .event]))
    }

    private func recordQuery(_ form: FormValues, kinds: [RecordKind]) throws(APIError) -> RecordQuery {
        var wanted: [RecordKind] = []
        for name in form.all("kind") {
            guard let kind = RecordKind(name: name), kinds.contains(kind) else {
                throw .invalid("kind", "\(quoted(name)) is neither \(kinds.map(\.name).joined(separator: " nor "))")
            }
            wanted.append(kind)
        }
        var query = RecordQuery(kinds: Set(wanted.isEmpty ? kinds : wanted))
        query.from = try form.time("start", default: Parameters.earliest)
        query.through = try form.time("end", default: Parameters.latest)
        query.actions = form.all("action")
        query.limit = try recordLimit(form)
        query.after = try recordCursor(form["cursor"])
        return query
    }

    private func recordLimit(_ form: FormValues) throws(APIError) -> Int {
        let limit = try form.limit()
        guard limit <= Self.mostAtOnce else { throw .invalid("limit", "no more than \(Self.mostAtOnce) at once; the cursor leads to the next") }
        return limit == 0 ? Self.defaultLimit : limit
    }

    private func recordCursor(_ text: String) throws(APIError) -> RecordCursor? {
        if text.isEmpty { return nil }
        guard let cursor = RecordCursor(text) else { throw .invalid("cursor", "\(quoted(text)) is not what the page before gave") }
        return cursor
    }

    private func bySeverity(_ form: FormValues, _ selectors: [[Matcher]]) throws(APIError) -> [[Matcher]] {
        var severities: [Matcher] = []
        for text in form.all("severity") {
            guard Severity(rawValue: text) != nil else { throw .invalid("severity", "not supported value \(quoted(text))") }
            severities.append(Matcher(name: "severity", equals: text))
        }
        if severities.isEmpty { return selectors }
        return severities.flatMap { severity in (selectors.isEmpty ? [[]] : selectors).map { $0 + [severity] } }
    }

    private func answer(_ call: APICall, _ query: RecordQuery) async throws(APIError) -> APIResponse {
        guard let records else { throw APIError(.unavailable, "nothing is kept on record") }
        let format = call.form["format"]
        guard ["", "json", "csv"].contains(format) else { throw .invalid("format", "\(quoted(format)) is neither json nor csv") }
        return try await onQueryThread(call) { _ in
            let page = try records.records(query)
            return format == "csv" ? Self.table(page) : Self.json(page)
        }
    }

    private static func json(_ page: RecordPage) -> APIResponse {
        .success(reserving: 256 + page.records.count * 512) { json in
            json.object { json in
                json.key("records")
                json.array { json in
                    for record in page.records { json.raw(record.shown.goText) }
                }
                if let next = page.next { json.member("next", next.description) }
            }
        }
    }

    private static func table(_ page: RecordPage) -> APIResponse {
        var text = RecordTable.header
        for record in page.records { text += RecordTable.line(record) }
        var response = APIResponse(type: RecordTable.type, body: Array(text.utf8))
        if let next = page.next { response.headers.append((Self.nextHeader, next.description)) }
        return response
    }
}
