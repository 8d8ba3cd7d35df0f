import Access
import Catalog
import Model
import Notifier

/// `events`: what people do to the product, told so that pictures and alerts can take it into account.
extension Endpoints {
    var eventRoutes: [Route] {
        [
            Route("/api/v1/events", for: .viewer, by: events), Route("/api/v1/events", ["POST"], for: .operator, by: beginEvent),
        ]
    }

    func desk() throws(APIError) -> any NotifierDesk {
        guard let desk = state.notifier else { throw APIError(.unavailable, "there is no notifier") }
        return desk
    }

    /// A form: `kind`, `for` (a duration, which a maintenance must have), `match[]` (conditions as in `amtool silence add`, for a maintenance those
    /// of its silence), `comment`, `by`.
    private func beginEvent(_ call: APICall) async throws(APIError) -> APIResponse {
        let event = try PostedEvent(call.form, by: call.requester(claimed: call.form["by"]), at: clock.now()).event
        let desk = try desk()
        do throws(SilenceError) {
            let begun = try await desk.begin(event)
            return .success { json in begun.append(to: &json) }
        } catch {
            throw .badData("\(error)")
        }
    }

    /// `start` and `end` bound the time, a week back without them; `kind` picks one kind.
    private func events(_ call: APICall) async throws(APIError) -> APIResponse {
        let now = clock.now()
        let through = try call.form.time("end", default: now)
        let from = try call.form.time("start", default: through.earlier(by: 7 * 86_400_000))
        let kind = try PostedEvent.kind(call.form["kind"])
        let limit = try call.form.limit()
        let all: [EventRecord]
        let desk = try desk()
        do { all = try await desk.events(from: from, through: through) } catch { throw APIError(.internal, "\(error)") }
        let wanted = all.filter { kind == nil || $0.kind == kind }
        let shown = limit > 0 ? wanted.prefix(limit) : wanted[...]
        return .success(warnings: shown.count < wanted.count ? [Self.truncated] : []) { json in
            json.object { json in
                json.key("events")
                json.array { json in
                    for event in shown { event.append(to: &json) }
                }
            }
        }
    }
}

/// An event as a form tells it.
public struct PostedEvent {
    let event: EventRecord

    /// Longer is not maintenance but neglect: 30 days, in milliseconds.
    public static let longest: Int64 = 30 * 86_400_000

    init(_ form: FormValues, by requester: Requester, at now: Timestamp) throws(APIError) {
        guard let kind = try Self.kind(form["kind"]) else { throw .invalid("kind", "expected deploy or maintenance") }
        let length = try form.duration("for").map { $0 / 1_000_000 }
        if kind == .maintenance, length == nil { throw .invalid("for", "a maintenance must say how long it takes, as 30m") }
        if let length, length <= 0 || length > Self.longest { throw .invalid("for", "expected a duration from 1ms to 30d") }
        var matchers: [String] = []
        for text in form.all("match[]") {
            do throws(MatcherError) {
                matchers += try MatcherSyntax.matchers(text).map(\.description)
            } catch {
                throw .invalid("match[]", error.description)
            }
        }
        event = EventRecord(
            id: "", kind: kind, startsAt: now, endsAt: length.map { now + $0 }, matchers: matchers, comment: form["comment"], by: requester)
    }

    /// Nil for an empty text.
    static func kind(_ text: String) throws(APIError) -> EventRecord.Kind? {
        if text.isEmpty { return nil }
        guard let kind = EventRecord.Kind(rawValue: text) else { throw .invalid("kind", "expected deploy or maintenance, found \(quoted(text))") }
        return kind
    }
}

extension EventRecord {
    func append(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("kind", kind.rawValue)
            json.member("startsAt", RFC3339.format(startsAt))
            if let endsAt { json.member("endsAt", RFC3339.format(endsAt)) }
            json.key("matchers")
            json.strings(matchers)
            json.member("comment", comment)
            json.member("claimedBy", by.claimed ?? "")
            json.member("authenticatedBy", by.authenticated ?? "")
            json.member("address", by.address)
        }
    }
}
