import Model
import Notifier
import Testing

@testable import HTTPAPI
@testable import Rules

/// Silencing from the page of alerts: a page that asks, then a POST by somebody with a name.
struct SilencePageTests {
    private static let group: RuleGroupReport = {
        var alert = Rules.Alert(
            labels: Labels([(name: "alertname", value: "Down"), (name: "x", value: "<b>\"&")]), annotations: [], value: 1, activeAt: 0, seen: 1)
        alert.state = .firing
        let rule = RuleReport(
            name: "Down", query: "up == 0", labels: .empty, clearedLabels: [],
            alerting: .init(
                state: .firing, hold: 0, keepFiringFor: 0, noData: .resolve, annotations: [], alerts: [AlertReport(alert)], severity: nil),
            health: .ok, lastError: "", lastEvaluation: 0, evaluationTime: 0)
        return RuleGroupReport(name: "g", file: "f", interval: 1000, queryOffset: 0, limit: 0, rules: [rule], evaluationTime: 0, lastEvaluation: 0)
    }()

    /// The first link of a kind on a page.
    private func link(_ text: String, _ mark: String) throws -> String {
        let link = try #require(text.split(separator: "href=\"").map { String($0.prefix { $0 != "\"" }) }.first { $0.contains(mark) })
        return link.replacing("&amp;", with: "&")
    }

    @Test("a firing alert offers three lengths; the link leads to a page that asks, with everything escaped")
    func asks() async throws {
        let setup = try DeskAPI(rules: [Self.group])
        let list = await setup.ask("GET", "/alerts").text
        for length in ["1h", "4h", "morning"] { #expect(list.contains("silence?for=\(length)&amp;")) }
        let page = await setup.ask("GET", try link(list, "for=morning"))
        #expect(page.status == 200 && page.text.contains("1970-01-13 08:00 UTC") && page.text.contains("method=post"))
        #expect(page.text.contains("<code>x=&quot;&lt;b&gt;\\&quot;&amp;&quot;</code>") && page.text.contains("site=&quot;x&quot;"))
        #expect(!page.text.contains("<b>\"") && setup.desk.orders.isEmpty)
    }

    @Test("the POST needs a name, sets the silence and leads back; the list shows it and offers its end")
    func silences() async throws {
        let setup = try DeskAPI(rules: [Self.group])
        let body = "match=alertname%3D%22Down%22&for=4h&comment=%3Cx%3E"
        #expect(await setup.form("/alerts/silence", body).status == 400)
        #expect(await setup.form("/alerts/silence", body + "&name=+").status == 400)
        #expect(await setup.form("/alerts/silence", body + "&name=ada", origin: "http://evil").status == 403)
        #expect(await setup.form("/alerts/silence", body + "&name=ada", origin: "null").status == 403)
        #expect(setup.desk.orders.isEmpty)
        #expect(await setup.form("/alerts/silence", body + "&name=ada", origin: "http://us:9090").status == 303)
        #expect(setup.desk.orders == ["set [alertname=\"Down\"] until 14400000 by ada, ada at 10.0.0.7"])
        let list = await setup.ask("GET", "/alerts").text
        #expect(list.contains("&lt;x&gt;") && list.contains("by ada"))
        let end = try link(list, "/alerts/expire")
        #expect(await setup.ask("GET", end).text.contains("End this silence?"))
        let id = String(end.split(separator: "id=")[1])
        #expect(await setup.form("/alerts/expire", "id=\(id)&name=bob").status == 303)
        #expect(
            setup.desk.orders.last == "expire \(id) by bob" && setup.desk.silences().allSatisfy { $0.state(at: FixedClock().now() + 1) == .expired })
    }

    @Test("wishes that make no sense are refused", arguments: ["for=1h", "for=2h&match=a%3Db", "for=1h&match=a", "for=1h&match=a%3D~%22(%22"])
    func refused(_ form: String) async throws {
        let setup = try DeskAPI()
        #expect(await setup.ask("GET", "/alerts/silence?" + form).status == 400)
        #expect(await setup.form("/alerts/silence", form + "&name=ada").status == 400)
    }
}
