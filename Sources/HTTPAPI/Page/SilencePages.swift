import Access
import Catalog
import Model
import Notifier

/// What fires and who keeps quiet about it: silencing an alert takes a page that asks once more, and a POST by somebody with a name.
extension Endpoints {
    var silencePages: [Route] {
        [
            Route("/alerts/silence", ["GET", "HEAD"], for: .operator, by: askToSilence),
            Route("/alerts/silence", ["POST"], for: .operator, by: silenceNow),
            Route("/alerts/expire", ["GET", "HEAD"], for: .operator, by: askToExpire),
            Route("/alerts/expire", ["POST"], for: .operator, by: expireNow),
        ]
    }

    // MARK: On the page of alerts

    /// What is offered for an alert that fires: ways to be quiet about it.
    func silenceLinks(_ labels: Labels) -> String {
        state.notifier?.told(labels).map(silenceLinks(told:)) ?? ""
    }

    /// - Parameter labels: as the notifier knows them.
    func silenceLinks(told labels: Labels) -> String {
        let matchers = labels.map { "match=" + HTML.queryEscape(AlertMatcher(name: $0.name, equals: $0.value).description) }.joined(separator: "&")
        let links = SilenceLength.allCases.map { length in
            let target = "\(options.routePrefix)/alerts/silence?for=\(length.rawValue)&\(matchers)"
            return "<a class=button href=\"\(HTML.escape(target))\">\(length.label)</a>"
        }
        return "<div class=row><span class=dim>silence</span>\(links.joined())</div>"
    }

    /// The silences that hold or will hold.
    func silenceTable() -> String {
        guard let desk = state.notifier else { return "" }
        let now = clock.now()
        let silences = SilenceOrder.sorted(desk.silences(), at: now).filter { $0.state(at: now) != .expired }
        guard !silences.isEmpty else { return "<h2>Silences</h2><p class=dim>None.</p>" }
        let cards = silences.map { silence in
            let target = "\(options.routePrefix)/alerts/expire?id=\(HTML.queryEscape(silence.id))"
            return """
                <section class=card><div>\(Self.matchers(silence.matchers))</div><div>\(HTML.escape(silence.comment))</div><div class=row>\
                <span>\(silence.state(at: now).rawValue)</span><span class=dim>until \(clockTime(silence.endsAt))</span>\
                <span class=dim>by \(HTML.escape(silence.createdBy))</span><a class=button href="\(HTML.escape(target))">end</a></div></section>
                """
        }
        return "<h2>Silences</h2>" + cards.joined()
    }

    private static func matchers(_ matchers: [AlertMatcher]) -> String {
        matchers.map { "<code>\(HTML.escape($0.description))</code>" }.joined(separator: " ")
    }

    /// As a clock of the place shows it that was configured; else in UTC.
    func clockTime(_ time: Timestamp) -> String {
        let local = (state.notifier?.zone ?? .utc).local(time)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        let date = "\(local.date.year)-\(two(local.date.month))-\(two(local.date.day))"
        return HTML.escape("\(date) \(two(local.minute / 60)):\(two(local.minute % 60)) \(local.abbreviation)")
    }

    // MARK: Silencing

    private func askToSilence(_ call: APICall) throws(APIError) -> APIResponse {
        let wish = try SilenceWish(call.form)
        let zone = try desk().zone
        let fields = wish.matchers.map { "<input type=hidden name=match value=\"\(HTML.escape($0.description))\">" }.joined()
        let body = """
            <h2>Silence \(wish.length.label)?</h2><p>Until \(clockTime(wish.length.end(after: clock.now(), zone))) nobody is told of alerts \
            with</p><p>\(Self.matchers(wish.matchers))</p>
            <form class=ask method=post action="\(HTML.escape(options.routePrefix + "/alerts/silence"))">\(fields)\
            <input type=hidden name=for value="\(wish.length.rawValue)">\(nameField(call))\
            <label>Why <input name=comment required maxlength=1000></label><div class=row><button>Silence</button>\(backLink)</div></form>
            """
        return HTML.page(title: "Alerts", prefix: options.routePrefix, body: body)
    }

    private func silenceNow(_ call: APICall) async throws(APIError) -> APIResponse {
        let wish = try SilenceWish(call.form)
        let desk = try desk()
        let requester = try named(call)
        let now = clock.now()
        let silence = Silence(
            matchers: wish.matchers, startsAt: now, endsAt: wish.length.end(after: now, desk.zone), createdBy: requester.shownName,
            comment: call.form["comment"])
        do throws(SilenceError) { _ = try await desk.set(silence, by: requester) } catch { throw .badData("\(error)") }
        return toAlerts
    }

    private func askToExpire(_ call: APICall) throws(APIError) -> APIResponse {
        let desk = try desk()
        guard let silence = desk.silences().first(where: { sameBytes($0.id, call.form["id"]) }) else { throw APIError(.notFound, "no such silence") }
        let body = """
            <h2>End this silence?</h2><p>\(Self.matchers(silence.matchers))</p><p>\(HTML.escape(silence.comment)) \
            <span class=dim>by \(HTML.escape(silence.createdBy)), until \(clockTime(silence.endsAt))</span></p>
            <form class=ask method=post action="\(HTML.escape(options.routePrefix + "/alerts/expire"))">\
            <input type=hidden name=id value="\(HTML.escape(silence.id))">\(nameField(call))<div class=row><button>End it</button>\(backLink)</div></form>
            """
        return HTML.page(title: "Alerts", prefix: options.routePrefix, body: body)
    }

    private func expireNow(_ call: APICall) async throws(APIError) -> APIResponse {
        let desk = try desk()
        let requester = try named(call)
        do throws(SilenceError) {
            try await desk.expire(call.form["id"], by: requester)
        } catch {
            throw APIError(.notFound, "\(error)")
        }
        return toAlerts
    }

    /// Who silences must be known by name: from the login, or as typed where nobody must log in.
    private func named(_ call: APICall) throws(APIError) -> Requester {
        let requester = call.requester(claimed: call.form["name"])
        guard requester.shownName.utf8.contains(where: { $0 > 0x20 }) else { throw .invalid("name", "who are you? A name is needed") }
        return requester
    }

    private func nameField(_ call: APICall) -> String {
        if let name = call.requester(claimed: nil).authenticated { return "<p>as <b>\(HTML.escape(name))</b></p>" }
        return "<label>Your name <input name=name required maxlength=200 autocomplete=name></label>"
    }

    private var backLink: String { "<a href=\"\(HTML.escape(options.routePrefix + "/alerts"))\">Back</a>" }

    /// To the list, by GET: loading it anew must not silence once more.
    private var toAlerts: APIResponse {
        var response = APIResponse(status: 303, type: "text/plain; charset=utf-8", body: [])
        response.headers.append(("Location", options.routePrefix + "/alerts"))
        return response
    }
}

extension Requester {
    /// The name that others see: that of the login, which has been checked, before any other.
    fileprivate var shownName: String { authenticated ?? claimed ?? "" }
}

/// How long the page offers to be quiet.
enum SilenceLength: String, CaseIterable {
    case hour = "1h"
    case shift = "4h"
    case morning

    var label: String {
        switch self {
        case .hour: "for 1 h"
        case .shift: "for 4 h"
        case .morning: "until morning"
        }
    }

    /// Morning is at 8.
    func end(after now: Timestamp, _ zone: Zone) -> Timestamp {
        switch self {
        case .hour: now.later(by: 3_600_000)
        case .shift: now.later(by: 4 * 3_600_000)
        case .morning: DailyTime(minute: 8 * 60, zone: zone).next(after: now)
        }
    }
}

/// What somebody wants to be silenced.
struct SilenceWish {
    let matchers: [AlertMatcher]
    let length: SilenceLength

    init(_ form: FormValues) throws(APIError) {
        guard let length = SilenceLength(rawValue: form["for"]) else { throw .invalid("for", "expected 1h, 4h or morning") }
        self.length = length
        var matchers: [AlertMatcher] = []
        for text in form.all("match") {
            do throws(MatcherError) { matchers += try MatcherSyntax.matchers(text) } catch { throw .invalid("match", error.description) }
        }
        guard !matchers.isEmpty else { throw .invalid("match", "what is to be silenced?") }
        self.matchers = matchers
    }
}
