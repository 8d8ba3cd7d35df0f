import Model
import Testing

@testable import Notifier

@Suite("Webhook payloads")
struct WebhookPayloadTests {
    private static func item(_ pairs: [(name: String, value: String)], _ annotations: [Label] = [], endsAt: Timestamp? = nil) -> Delivery.Item {
        Delivery.Item(
            labels: Labels(pairs), annotations: annotations, startsAt: 1_800_000_000_000, endsAt: endsAt, generatorAddress: "http://g/?a=1&b=<2>")
    }

    private static func notification(_ items: [Delivery.Item]) -> Notification {
        let key = LogKey(group: #"{}/{a="b"}:{alertname="A"}"#, integration: IntegrationKey(receiver: "ops", kind: .webhook, index: 0))
        let delivery = Delivery(
            id: 1, key: key, groupLabels: Labels([(name: "alertname", value: "A")]), items: items, reason: .first, time: 0, repeatInterval: 1,
            firing: [], resolved: [])
        return Notification(delivery, externalAddress: "http://martlet.example")
    }

    @Test("the members stand in Alertmanager's order and form")
    func form() {
        let body = WebhookPayload.body(
            Self.notification([
                Self.item([("alertname", "A"), ("i", "1")], [Label("s", "x < y")]),
                Self.item([("alertname", "A"), ("i", "2")], [Label("s", "x < y"), Label("t", "é\u{2028}")], endsAt: 1_800_000_001_250),
            ]))
        #expect(
            body
                == #"{"receiver":"ops","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"A","i":"1"},"#
                + #""annotations":{"s":"x \u003c y"},"startsAt":"2027-01-15T08:00:00Z","endsAt":"0001-01-01T00:00:00Z","#
                + #""generatorURL":"http://g/?a=1\u0026b=\u003c2\u003e","fingerprint":"caaaffbd9ccf039f"},"#
                + #"{"status":"resolved","labels":{"alertname":"A","i":"2"},"annotations":{"s":"x \u003c y","t":"é\u2028"},"#
                + #""startsAt":"2027-01-15T08:00:00Z","endsAt":"2027-01-15T08:00:01.25Z","generatorURL":"http://g/?a=1\u0026b=\u003c2\u003e","#
                + #""fingerprint":"caa6ffbd9ccb1ac8"}],"notification_reason":"first notification","groupLabels":{"alertname":"A"},"#
                + #""commonLabels":{"alertname":"A"},"commonAnnotations":{"s":"x \u003c y"},"externalURL":"http://martlet.example","version":"4","#
                + #""groupKey":"{}/{a=\"b\"}:{alertname=\"A\"}","truncatedAlerts":0}"# + "\n")
    }

    @Test("what is left out is counted, and what is common is common to what is told", arguments: [(0, 3, 0), (1, 1, 2), (3, 3, 0), (9, 3, 0)])
    func truncated(most: Int64, shown: Int, truncated: Int) throws {
        let items = (0..<3).map { Self.item([("alertname", "A"), ("i", String($0))]) }
        let body = try JSONValue(parsing: Array(WebhookPayload.body(Self.notification(items), maxAlerts: most).utf8))
        #expect(body["alerts"]?.elements?.count == shown && body["truncatedAlerts"]?.integer == Int64(truncated))
        let common = [JSONValue.Member("alertname", .string("A"))] + (shown == 1 ? [.init("i", .string("0"))] : [])
        #expect(body["commonLabels"] == .object(common))
    }

    @Test("what has a meaning in regular expressions is escaped in the receiver's name")
    func receiver() {
        let key = LogKey(group: "", integration: IntegrationKey(receiver: "a.b-c (d)", kind: .webhook, index: 0))
        let delivery = Delivery(
            id: 1, key: key, groupLabels: .empty, items: [], reason: .first, time: 0, repeatInterval: 1, firing: [], resolved: [])
        #expect(Notification(delivery, externalAddress: "").receiver == #"a\.b-c \(d\)"#)
    }

    @Test("a group of which nothing fires is resolved")
    func resolved() throws {
        let body = WebhookPayload.body(Self.notification([Self.item([("alertname", "A")], endsAt: 1)]))
        #expect(try JSONValue(parsing: Array(body.utf8))["status"]?.text == "resolved")
    }
}
