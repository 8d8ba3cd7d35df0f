import ClientConfiguration
import Model
import Testing

@testable import Notifications
@testable import Notifier

@Suite("What is posted to receivers")
struct WebMessageTests {
    // MARK: Slack

    @Test("Slack: every field that can be set, in its place")
    func slackFields() throws {
        let post = try Sample.post(
            """
            slack_configs:
            - api_url: http://hooks/services/T0/B0/x
              channel: '#{{ .CommonLabels.job }}'
              username: u
              title: '{{ .Status }}'
              title_link: l
              pretext: p
              text: '<{{ .CommonAnnotations.summary }}>'
              message_text: m
              footer: f
              fallback: b
              callback_id: c
              icon_emoji: e
              icon_url: i
              image_url: g
              thumb_url: h
              color: '#fff'
              link_names: true
              short_fields: true
              mrkdwn_in: [text]
              fields: [{title: t, value: '{{ len .Alerts }}'}, {title: s, value: v, short: false}]
              actions: [{type: button, text: a, url: 'http://u'}, {type: button, text: a, name: n, value: v, style: danger, confirm: {text: sure}}]
            """)
        #expect(post.address == "http://hooks/services/T0/B0/x")
        #expect(
            String(decoding: post.body, as: UTF8.self)
                == ##"{"channel":"#node","username":"u","icon_emoji":"e","icon_url":"i","link_names":true,"text":"m","attachments":[{"title":"firing","##
                + #""title_link":"l","pretext":"p","text":"\u003c90 % \u003cfull\u003e \u0026 é\u003e","fallback":"b","callback_id":"c","fields":"#
                + #"[{"title":"t","value":"1","short":true},{"title":"s","value":"v","short":false}],"actions":[{"type":"button","text":"a","#
                + #""url":"http://u"},{"type":"button","text":"a","style":"danger","name":"n","value":"v","confirm":{"text":"sure"}}],"#
                + ##""image_url":"g","thumb_url":"h","footer":"f","color":"#fff","mrkdwn_in":["text"]}]}"## + "\n")
    }

    @Test("Slack: an app's token goes into the header, and a message that can be changed is changed")
    func slackApp() throws {
        let post = try Sample.post("slack_configs: [{app_token_file: /t, channel: C, title: x}]", files: ["/t": " xoxb-1\n"])
        #expect(post.address == "https://slack.com/api/chat.postMessage")
        #expect(post.client.authorization?.credentials?.revealed == "xoxb-1")
        let integration = try Sample.integrations("slack_configs: [{app_token: t, channel: C, update_message: true}]")[0]
        let place = SlackMessage.Place(channel: "C0", time: "1.5")
        guard case .web(let changed) = try Sample.writer().letter(Sample.notification(), integration.settings, at: 0, changing: place) else { return }
        #expect(changed.address == "https://slack.com/api/chat.update")
        #expect(try Sample.json(changed)["ts"]?.text == "1.5")
        #expect(try Sample.json(changed)["channel"]?.text == "C0")
    }

    @Test("Slack: a title is no longer than it may be")
    func slackTitle() throws {
        let post = try Sample.post("slack_configs: [{api_url: 'http://x', title: '\(String(repeating: "é", count: 1030))'}]")
        let title = try Sample.json(post)["attachments"]?.elements?[0]["title"]?.text ?? ""
        #expect(title.unicodeScalars.count == 1024 && title.hasSuffix("é…"))
    }

    // MARK: Webhooks

    @Test("webhooks: a payload of the user's own, with texts that become what they read as")
    func payload() throws {
        let post = try Sample.post(
            """
            webhook_configs:
            - url: 'http://x/{{ .Status }}'
              payload: {b: '{{ len .Alerts }}', a: ['{{ .Status }}', 1, null], c: '[1, {{ .CommonLabels.severity }}]', d: 'true', e: '',
                f: 'x: y: z', g: '"1"'}
            """)
        #expect(post.address == "http://x/firing")
        #expect(
            String(decoding: post.body, as: UTF8.self)
                == #"{"a":["firing",1,null],"b":1,"c":[1,"critical"],"d":true,"e":null,"f":"x: y: z","g":"\"1\""}"# + "\n")
    }

    @Test("webhooks: what alerts say is never a template")
    func noSecondTemplate() throws {
        let item = Sample.item([("alertname", "A")], [Label("summary", "{{ .Status }}")])
        let post = try Sample.post(
            "webhook_configs: [{url: 'http://x', payload: ['{{ .CommonAnnotations.summary }}', '{{ .CommonAnnotations | toJson }}']}]", [item])
        #expect(String(decoding: post.body, as: UTF8.self) == #"["{{ .Status }}",{"summary":"{{ .Status }}"}]"# + "\n")
    }

    @Test("webhooks: of many alerts the first are told, and what is common is common to these")
    func mostAlerts() throws {
        let other = Sample.item([("alertname", "DiskFull"), ("job", "x")])
        let body = try Sample.json(try Sample.post("webhook_configs: [{url: 'http://x', max_alerts: 1}]", [Sample.disk, other]))
        #expect(body["alerts"]?.elements?.count == 1)
        #expect(body["truncatedAlerts"]?.integer == 1)
        #expect(body["commonLabels"]?["severity"]?.text == "critical")
    }

    @Test(
        "webhooks: an address that a template makes must be one",
        arguments: ["'http://x/{{ .Nothing }}'", "'{{ .Status }}'", "'http://x/{{ \"\\n\" }}y z'"])
    func address(text: String) throws {
        #expect(throws: Unsendable.self) { _ = try Sample.post("webhook_configs: [{url: \(text)}]") }
    }

    // MARK: PagerDuty

    @Test("PagerDuty: version 2 with a routing key")
    func pagerDuty() throws {
        let post = try Sample.post(
            """
            pagerduty_configs:
            - {routing_key: '{{ .CommonLabels.job }}-key', description: d, client: c, client_url: u, severity: '{{ .CommonLabels.severity }}',
               details: {n: '{{ len .Alerts }}'}, links: [{href: h, text: t}, {href: ''}], images: [{src: s, alt: a}]}
            """)
        let body = try Sample.json(post)
        #expect(post.address == "https://events.pagerduty.com/v2/enqueue")
        #expect(body["routing_key"]?.text == "node-key")
        // SHA-256 of the group's key, as Alertmanager has it: incidents go on when one takes the place of the other.
        #expect(body["dedup_key"]?.text == "17c4e445d234645c9e547ff6d32a864af0ebdadcd1902771c24c8d366637ff41")
        #expect(body["event_action"]?.text == "trigger")
        #expect(body["payload"]?["severity"]?.text == "critical")
        #expect(body["payload"]?["custom_details"]?["n"]?.integer == 1)
        #expect(body["payload"]?["custom_details"]?["num_firing"]?.integer == 1)
        #expect(body["links"]?.elements?.count == 1)
        #expect(body["images"]?.elements?[0]["href"]?.text == "")
        let over = try Sample.json(try Sample.post("pagerduty_configs: [{routing_key: r}]", [Sample.over(Sample.disk)]))
        #expect(over["event_action"]?.text == "resolve")
    }

    @Test("PagerDuty: version 1 with a service key")
    func pagerDutyService() throws {
        let post = try Sample.post("pagerduty_configs: [{service_key_file: /k, description: d}]", files: ["/k": "k1\n"])
        let body = try Sample.json(post)
        #expect(post.address == "https://events.pagerduty.com/generic/2010-04-15/create_event.json")
        #expect(body["service_key"]?.text == "k1")
        #expect(body["event_type"]?.text == "trigger")
        #expect(body["incident_key"]?.text?.utf8.count == 64)
        #expect(body["details"]?["num_resolved"]?.integer == 0)
        #expect(post.judge.outcome(WebAnswer(status: 403, headers: [:], body: [], time: 0)) == .failed("status 403", retryAfter: nil))
    }

    @Test("PagerDuty: an event that would be too large goes without its details")
    func pagerDutySize() throws {
        let long = Sample.item([("alertname", "A")], [Label("summary", String(repeating: "x", count: 300_000))])
        let post = try Sample.post("pagerduty_configs: [{routing_key: r, description: d}]", [long, long])
        #expect(post.body.count <= PagerDutyEvent.most)
        #expect(try Sample.json(post)["payload"]?["custom_details"]?["error"]?.text?.contains("left out") == true)
    }

    // MARK: Telegram

    @Test("Telegram: chat and token from files, topic, silence, parse mode")
    func telegram() throws {
        let post = try Sample.post(
            """
            telegram_configs:
            - {bot_token_file: /t, chat_id_file: /c, message_thread_id: 4, disable_notifications: true,
               message: '<b>{{ .Status }}</b>&{{ .CommonAnnotations.summary }}'}
            """,
            files: ["/t": "1:a\n", "/c": "-100\n"])
        #expect(post.address == "https://api.telegram.org/bot1:a/sendMessage")
        #expect(
            String(decoding: post.body, as: UTF8.self)
                == #"{"chat_id":"-100","disable_notification":"true","disable_web_page_preview":"true","message_thread_id":"4","parse_mode":"HTML","#
                + #""text":"\u003cb\u003efiring\u003c/b\u003e\u002690 % \u0026lt;full\u0026gt; \u0026amp; é"}"# + "\n")
    }

    @Test("Telegram: long messages end where they may", arguments: [(4096, 4096), (4097, 4096), (9000, 4096)])
    func telegramLength(count: Int, expected: Int) throws {
        let html = TelegramText.cut(html: "<b><i>" + String(repeating: "&lt;", count: count) + "</i></b>")
        #expect(TelegramText.withoutMarkup(html).utf16.count == expected)
        #expect(html.hasSuffix("</i></b>"))
        #expect(count == 4096 || html.contains("&lt;…</i></b>"))
        #expect(TelegramText.cut(plain: String(repeating: "x", count: count)).utf16.count == expected)
        // A character that takes two units is not halved.
        #expect(TelegramText.cut(plain: "a" + String(repeating: "𝄞", count: count)).utf16.count <= expected)
    }

    // MARK: Sentry

    @Test("Sentry: an event with ids that stay")
    func sentry() throws {
        let post = try Sample.post(
            "sentry_configs: [{dsn: 'https://key:old@sentry.example/base/42', environment: prod, tags: {team: '{{ .CommonLabels.job }}'}}]")
        #expect(post.address == "https://sentry.example/base/api/42/envelope/")
        #expect(post.headers.first?.name == "X-Sentry-Auth")
        #expect(post.headers.first?.value == "Sentry sentry_version=7, sentry_client=martlet/1, sentry_key=key")
        let lines = post.body.split(separator: 0x0a).map(Array.init)
        #expect(lines.count == 3)
        let (header, item, event) = (try JSONValue(parsing: lines[0]), try JSONValue(parsing: lines[1]), try JSONValue(parsing: lines[2]))
        #expect(item["length"]?.integer == Int64(lines[2].count))
        #expect(header["event_id"] == event["event_id"])
        #expect(event["level"]?.text == "fatal")
        #expect(event["fingerprint"]?.elements?.first?.text == "17c4e445d234645c9e547ff6d32a864af0ebdadcd1902771c24c8d366637ff41")
        #expect(event["tags"]?["team"]?.text == "node")
        #expect(event["tags"]?["status"]?.text == "firing")
        #expect(event["logentry"]?["formatted"]?.text?.hasPrefix("[CRITICAL] DiskFull on db1:9100\n\n") == true)
        var again = Sample.delivery(kind: .sentry, attempts: 5)
        #expect(SentryEnvelope.eventID(again) == event["event_id"]?.text)
        again = Sample.delivery(kind: .sentry, id: 8)
        #expect(SentryEnvelope.eventID(again) != event["event_id"]?.text)
    }

    @Test("Sentry: what is over is another event of the issue")
    func sentryOver() throws {
        let body = try Sample.post("sentry_configs: [{dsn: 'https://k@s/1'}]", [Sample.over(Sample.disk)]).body
        let event = try JSONValue(parsing: Array(body.split(separator: 0x0a)[2]))
        #expect(event["level"]?.text == "info")
        #expect(event["tags"]?["status"]?.text == "resolved")
        #expect(event["logentry"]?["formatted"]?.text?.hasPrefix("[RESOLVED]") == true)
    }

    // MARK: Secrets

    @Test("a file of a secret that is not there is no reason to give up")
    func missingFile() throws {
        do {
            _ = try Sample.post("telegram_configs: [{bot_token_file: /t, chat_id: 1}]")
            Issue.record("it was read")
        } catch let error as Unsendable {
            #expect(error.outcome == .failed("unable to read file /t", retryAfter: nil))
        }
    }
}
