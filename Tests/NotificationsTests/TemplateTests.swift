import Model
import StrictYAML
import Templates
import Testing

@testable import Notifications
@testable import Notifier

@Suite("Templates of messages")
struct TemplateTests {
    private func texts(_ items: [Delivery.Item] = [Sample.disk], _ templates: MessageTemplates = MessageTemplates()) -> MessageTexts {
        let zones = ZoneCache(Sample.zones)
        return MessageTexts(Sample.notification(items), templates, host: MessageHost(now: Sample.now) { zones.clock($0, $1) })
    }

    @Test(
        "what subjects say",
        arguments: [
            ([Sample.disk], "[CRITICAL] DiskFull on db1:9100"), ([Sample.over(Sample.disk)], "[RESOLVED] DiskFull on db1:9100"),
            (
                [Sample.disk, Sample.item([("alertname", "DiskFull"), ("job", "node"), ("severity", "critical")])],
                "[CRITICAL] DiskFull in node (2 firing)"
            ),
            (
                [Sample.disk, Sample.over(Sample.item([("alertname", "DiskFull"), ("severity", "info")]))], "[FIRING] DiskFull (1 firing, 1 resolved)"
            ),
            ([Sample.item([("a", "b")])], "[FIRING] DiskFull"),
        ])
    func subjects(items: [Delivery.Item], expected: String) throws {
        #expect(try texts(items).filled(#"{{ template "__subject" . }}"#) == expected)
    }

    @Test("the names that users override are there")
    func names() {
        let wanted = [
            "slack.default.title", "slack.default.username", "slack.default.fallback", "slack.default.callbackid", "slack.default.pretext",
            "slack.default.titlelink", "slack.default.iconemoji", "slack.default.iconurl", "slack.default.text", "slack.default.footer",
            "slack.default.color", "pagerduty.default.description", "pagerduty.default.client", "pagerduty.default.clientURL",
            "pagerduty.default.instances", "telegram.default.message", "email.default.subject", "email.default.html", "sentry.default.title",
            "sentry.default.message", "sentry.default.level", "__alertmanager", "__alertmanagerURL", "__subject", "__description",
            "__text_alert_list",
        ]
        let templates = MessageTemplates()
        for name in wanted { #expect(templates.defines(name), "\(name)") }
    }

    @Test("a text says what, where, since when by both clocks, and where to read more")
    func defaultText() throws {
        var item = Sample.disk
        item.annotations += [Label("runbook_url", "https://r/disk"), Label("value", "97 %")]
        let text = try texts([item], MessageTemplates(zone: "Europe/Berlin")).filled(#"{{ template "email.default.text" . }}"#)
        #expect(
            text == """
                [CRITICAL] DiskFull on db1:9100

                CRITICAL DiskFull on db1:9100
                90 % <full> & é
                d
                since 2027-01-15 07:55 UTC (08:55 CET)
                value: 97 %
                labels: job=node
                runbook: https://r/disk
                graph: http://m/graph?g0.expr=a&b

                All alerts: http://martlet.example/alerts
                Silence for 1 h: http://martlet.example/alerts/silence?for=1h&match=alertname%3D%22DiskFull%22&match=instance%3D%22db1%3A9100%22\
                &match=job%3D%22node%22&match=severity%3D%22critical%22

                """)
    }

    @Test("HTML escapes what alerts say, in texts, attributes and addresses")
    func html() throws {
        var item = Sample.item(
            [("alertname", "<b>\"x\"</b>"), ("severity", "critical")], [Label("runbook", "javascript:alert(1)"), Label("summary", "</div><script>")])
        item.generatorAddress = "http://m/?a=\"><script>"
        let html = try texts([item]).filled(#"{{ template "email.default.html" . }}"#, .html)
        #expect(!html.contains("<script") && !html.contains("<b>") && !html.contains("href=\"javascript"))
        #expect(html.contains("&lt;/div&gt;&lt;script&gt;"))
        #expect(html.contains(#"href="http://m/?a=%22%3e%3cscript%3e""#))
        #expect(try texts([item]).filled(#"<a href="{{ .CommonAnnotations.runbook }}">"#, .html) == ##"<a href="#ZgotmplZ">"##)
        #expect(
            try texts([item]).filled(#"<a href="{{ .ExternalURL }}?a={{ "b c&d+" }}">{{ "1 + 1" | safeHtml }}"#, .html)
                == #"<a href="http://martlet.example?a=b%20c%26d%2b">1 + 1"#)
    }

    @Test("files define templates in the place of ours")
    func files() throws {
        let files = FileReading(
            read: Sample.reader([
                "/t/a.tmpl": #"{{ define "__subject" }}mine {{ .Status }}{{ end }}"#,
                "/t/b.tmpl": #"{{ define "new" }}{{ template "__subject" . }}!{{ end }}"#,
            ]),
            list: { _ in ["a.tmpl", "b.tmpl", "c.txt"] })
        let templates = try MessageTemplates(patterns: ["/t/*.tmpl", "/none/*.x"], files: files, zone: "UTC")
        #expect(try texts([Sample.disk], templates).filled(#"{{ template "new" . }}"#) == "mine firing!")
        #expect(try texts([Sample.disk], templates).filled(#"{{ template "slack.default.title" . }}"#) == "mine firing")
    }

    @Test(
        "a file that cannot be used says where",
        arguments: [("{{ define \"x\" }}\n{{ if }}", "/t/a.tmpl: template: a.tmpl:2: "), ("{{ nothing }}", "function \"nothing\" not defined")])
    func brokenFiles(text: String, expected: String) {
        do {
            _ = try MessageTemplates(
                patterns: ["/t/a.tmpl"], files: FileReading(read: Sample.reader(["/t/a.tmpl": text]), list: { _ in [] }), zone: "UTC")
            Issue.record("it was read")
        } catch {
            #expect(error.description.contains(expected), "\(error)")
        }
    }

    @Test("a fault of a file's template is told with the place in that file")
    func faultsInFiles() throws {
        let files = FileReading(read: Sample.reader(["/t/a.tmpl": "{{ define \"bad\" }}\n\n  {{ .Nothing }}{{ end }}"]), list: { _ in [] })
        let templates = try MessageTemplates(patterns: ["/t/a.tmpl"], files: files, zone: "UTC")
        var texts = texts([Sample.disk], templates)
        let text = texts.mainText(#"before {{ template "bad" . }}"#)
        #expect(texts.problems == [#"template: a.tmpl:3:5: executing "bad" at <.Nothing>: can't evaluate field Nothing in type *template.Data"#])
        #expect(text.contains("alertname=DiskFull") && text.contains("can't evaluate field Nothing"))
        #expect(texts.text(#"{{ template "bad" . }}"#) == "" && texts.problems.count == 1)
        #expect(texts.html(#"{{ template "bad" . }}"#).hasPrefix("<pre"))
    }

    @Test(
        "labels and alerts have the members of Alertmanager's",
        arguments: [
            ("{{ .CommonLabels }}", "alertname=DiskFull, instance=db1:9100, job=node, severity=critical"),
            ("{{ .CommonLabels.SortedPairs }}", "alertname=DiskFull, instance=db1:9100, job=node, severity=critical"),
            ("{{ .CommonLabels.Names }}", "[alertname instance job severity]"),
            ("{{ .CommonLabels.Values | join \"+\" }}", "DiskFull+db1:9100+node+critical"),
            ("{{ (.CommonLabels.Remove .GroupLabels.Names).SortedPairs.Values | join \" \" }}", "db1:9100 node critical"),
            (
                "{{ range .CommonLabels.SortedPairs }}{{ .Name }}{{ .Value }};{{ end }}",
                "alertnameDiskFull;instancedb1:9100;jobnode;severitycritical;"
            ),
            ("{{ len .Alerts.Firing }}{{ len .Alerts.Resolved }}{{ (index .Alerts 0).Status }}", "10firing"),
            ("{{ .CommonLabels.nothing }}|{{ index .CommonLabels \"job\" }}|{{ len .CommonLabels }}", "|node|4"),
            ("{{ printf \"%T %T %T\" .CommonLabels .Alerts (index .Alerts 0) }}", "template.KV template.Alerts template.Alert"),
            ("{{ .GroupLabels | toJson }}", #"{"alertname":"DiskFull"}"#), ("{{ (index .Alerts 0).EndsAt }}", "0001-01-01 00:00:00 +0000 UTC"),
            ("{{ .Receiver }} {{ .NotificationReason }} {{ .ExternalURL }}", "ops first notification http://martlet.example"),
            ("{{ (tz \"Europe/Berlin\" (index .Alerts 0).StartsAt).Format \"15:04 MST\" }}", "08:55 CET"),
        ])
    func members(template: String, expected: String) throws {
        #expect(try texts().filled(template) == expected)
    }
}
