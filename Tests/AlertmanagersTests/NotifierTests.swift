import Alertmanagers
import TestKit
import Model
import Rules
import Runtime
import Scraping
import Testing

@Suite("Sending alerts", .timeLimit(.minutes(1)))
struct NotifierTests {
    @Test("what a receiver is told")
    func payload() async throws {
        let desk = try Desk("a:9093 | {timeout: 3s}")
        desk.notifier.send([desk.alert("A", ["job": "j\"\n<é"]), desk.alert("B", resolved: true)])
        await desk.notifier.drained()
        let request = try #require(desk.carrier.take().first)
        #expect(request.url == Desk.a && request.timeout == 3000)
        #expect(
            request.alerts == [
                .object([
                    .init("annotations", .object([.init("text", .string("of A"))])),
                    .init("endsAt", .string("2023-11-14T22:17:20.000Z")), .init("startsAt", .string("2023-11-14T22:13:18.500Z")),
                    .init("generatorURL", .string("http://me/prefix/graph?g0.expr=up+%3D%3D+0+and+x+%3E+1&g0.tab=1")),
                    .init("labels", .object([.init("alertname", .string("A")), .init("job", .string("j\"\n<é"))])),
                ]),
                .object([
                    .init("annotations", .object([.init("text", .string("of B"))])),
                    .init("endsAt", .string("2023-11-14T22:13:20.000Z")), .init("startsAt", .string("2023-11-14T22:13:18.500Z")),
                    .init("generatorURL", .string("http://me/prefix/graph?g0.expr=up+%3D%3D+0+and+x+%3E+1&g0.tab=1")),
                    .init("labels", .object([.init("alertname", .string("B"))])),
                ]),
            ])
    }

    /// Labels on their way: external ones where absent, then everybody's rules, then the entry's own.
    struct Relabelling: Sendable, CustomTestStringConvertible {
        let name: String
        var external: [Label] = []
        var all = ""
        var own = ""
        let expected: String?
        var testDescription: String { name }
    }

    private static let relabellings = [
        Relabelling(name: "as they are", expected: #"{alertname="A", dc="x"}"#),
        Relabelling(
            name: "external labels where absent", external: [Label("dc", "y"), Label("site", "s")], expected: #"{alertname="A", dc="x", site="s"}"#),
        Relabelling(
            name: "rules for all see external labels", external: [Label("site", "s")], all: "[{source_labels: [site, dc], target_label: both}]",
            expected: #"{alertname="A", both="s;x", dc="x", site="s"}"#),
        Relabelling(
            name: "the entry's rules come last", all: "[{target_label: dc, replacement: z}]", own: "[{source_labels: [dc], target_label: seen}]",
            expected: #"{alertname="A", dc="z", seen="z"}"#),
        Relabelling(name: "dropped for all", all: "[{action: drop, source_labels: [dc], regex: x}]", expected: nil),
        Relabelling(name: "dropped for the entry", own: "[{action: drop, source_labels: [dc], regex: x}]", expected: nil),
        Relabelling(name: "without a label left", all: "[{action: labeldrop, regex: '.*'}]", expected: nil),
        Relabelling(name: "without a label left for the entry", own: "[{action: labelkeep, regex: none}]", expected: nil),
    ]

    @Test("labels", arguments: relabellings)
    func labels(_ given: Relabelling) async throws {
        let desk = try Desk()
        try desk.apply(
            "a:9093 | {alert_relabel_configs: \(given.own.isEmpty ? "[]" : given.own)}\nb:9093", external: Labels(given.external),
            relabelling: given.all)
        desk.notifier.send([desk.alert("A", ["dc": "x"])])
        await desk.notifier.drained()
        let alert = desk.carrier.take(Desk.a).first?.alerts.first
        var labels: Labels?
        if case .object(let members) = alert?["labels"] { labels = Labels(members.map { Label($0.name, $0.value.text ?? "") }) }
        #expect(labels?.description == given.expected)
        // What one entry changes or drops, another still gets.
        if !given.own.isEmpty { #expect(desk.carrier.take(Desk.b).map(\.names) == ["A"]) }
    }

    @Test("every receiver of every entry is told, in batches, in order")
    func batches() async throws {
        let desk = try Desk("a:9093 b:9093\nc:9093", batch: 2)
        desk.carrier.answer(.held, for: Desk.a)
        desk.send("1", "2", "3")
        await desk.untilHeld()
        desk.send("4", "5")
        desk.carrier.release()
        #expect(await desk.got(Desk.a) == ["1 2", "3 4", "5"])
        #expect(await desk.got(Desk.b).joined(separator: " ") == "1 2 3 4 5")
        #expect(await desk.got(Desk.c).joined(separator: " ") == "1 2 3 4 5")
        #expect(desk.metric("sent_total").map { $0.suffix(2) } == [":5", ":5", ":5"])
    }

    @Test("a receiver that does not answer holds up nobody; where its queue is full the oldest are dropped and counted")
    func slow() async throws {
        let desk = try Desk("a:9093\nb:9093", capacity: 3, batch: 2)
        desk.carrier.answer(.held, for: Desk.a)
        desk.send("1")
        await desk.untilHeld()
        for name in ["2", "3", "4", "5"] {
            desk.send(name)
            while desk.metric("sent_total").last != "alertmanager=\(Desk.b):\(name)" { await Task.yield() }
        }
        #expect(desk.carrier.take(Desk.b).map(\.names) == ["1", "2", "3", "4", "5"])
        #expect(desk.metric("queue_length") == ["alertmanager=\(Desk.a):3", "alertmanager=\(Desk.b):0"])
        #expect(desk.metric("dropped_total") == ["alertmanager=\(Desk.a):1", "alertmanager=\(Desk.b):0"])
        #expect(desk.events == [.overflow(url: Desk.a, alerts: 1)])
        desk.send("6", "7", "8", "9")
        #expect(desk.metric("dropped_total").first == "alertmanager=\(Desk.a):5")
        desk.carrier.release()
        #expect(await desk.got(Desk.a) == ["1", "7 8", "9"])
    }

    @Test("what is refused is counted and not sent again by itself")
    func refused() async throws {
        let desk = try Desk("a:9093 b:9093")
        desk.carrier.answer(.refused, for: Desk.a)
        desk.send("1", "2")
        await desk.notifier.drained()
        #expect(desk.metric("errors_total") == ["alertmanager=\(Desk.a):2", "alertmanager=\(Desk.b):0"])
        #expect(desk.metric("dropped_total") == ["alertmanager=\(Desk.a):2", "alertmanager=\(Desk.b):0"])
        #expect(desk.metric("sent_total") == ["alertmanager=\(Desk.a):0", "alertmanager=\(Desk.b):2"])
        #expect(desk.events == [.failed(url: Desk.a, alerts: 2, reason: "Refused()")])
        _ = desk.carrier.take()
        desk.carrier.release()
        desk.send("3")
        #expect(await desk.got(Desk.a) == ["3"])
    }

    @Test("two entries that lead to one receiver both send, and are counted together")
    func twice() async throws {
        let desk = try Desk("a:9093\na:9093 | {timeout: 5s}")
        desk.send("1")
        #expect(await desk.got(Desk.a) == ["1", "1"])
        #expect(desk.metric("sent_total") == ["alertmanager=\(Desk.a):2"])
        #expect(desk.metric("alertmanagers_discovered") == ["2"])
        #expect(desk.metric("queue_capacity") == ["10000"])
    }

    @Test("how long sendings took")
    func latency() async throws {
        let desk = try Desk("a:9093")
        for seconds in [1, 2, 10] {
            desk.carrier.answer(.held, for: Desk.a)
            desk.send("1")
            await desk.untilHeld()
            desk.clock.set(desk.clock.now() + Int64(seconds) * 1000)
            desk.carrier.release()
            await desk.notifier.drained()
        }
        func summary() throws -> SummarySnapshot {
            let family = try #require(desk.registry.snapshot().first { $0.name == "prometheus_notifications_latency_seconds" })
            guard case .summary(let seen)? = family.points.first?.value else { throw FakeCarrier.Refused() }
            return seen
        }
        let seen = try summary()
        #expect(seen.count == 3 && seen.sum == 13)
        #expect(seen.quantiles.map(\.value) == [2, 10, 10])
        desk.clock.set(desk.clock.now() + 700_000)
        #expect(try summary().quantiles.allSatisfy { $0.value.isNaN })
        #expect(try summary().count == 3)
    }

    @Test("a reload keeps the queues of entries that stay; the others' alerts are still sent, and nothing new goes there")
    func reload() async throws {
        let desk = try Desk("a:9093\nb:9093", batch: 1)
        desk.carrier.answer(.held, for: Desk.a)
        desk.carrier.answer(.held, for: Desk.b)
        desk.send("1", "2")
        await desk.untilHeld(2)
        // The entries change places, one changes its settings, one is new.
        try desk.apply("c:9093\na:9093\nb:9093 | {timeout: 1s}")
        #expect(desk.metric("queue_length") == ["alertmanager=\(Desk.a):1", "alertmanager=\(Desk.b):0", "alertmanager=\(Desk.c):0"])
        try desk.apply("c:9093\na:9093")
        desk.send("3")
        desk.carrier.release()
        #expect(await desk.got(Desk.a) == ["1", "2", "3"])
        #expect(await desk.got(Desk.b) == ["1", "2"])
        #expect(await desk.got(Desk.c) == ["3"])
        #expect(desk.metric("sent_total") == ["alertmanager=\(Desk.a):3", "alertmanager=\(Desk.c):1"])
    }

    @Test("what discovery finds comes and goes; receivers that stay keep their queue")
    func discovery() async throws {
        let desk = try Desk("a:9093\n")
        func group(_ addresses: String...) -> [TargetGroup] {
            [TargetGroup(source: "f", targets: addresses.map { Labels([Label("__address__", $0)]) })]
        }
        desk.notifier.discovered(group("b:9093", "a:9093", "c:9093"), entry: 0)
        #expect(desk.notifier.alertmanagers.active == [Desk.a, Desk.b, Desk.c])
        desk.carrier.answer(.held, for: Desk.b)
        desk.send("1")
        await desk.untilHeld()
        desk.send("2")
        #expect(desk.notifier.discovered(group("b:9093", "x/y"), entry: 0) == ["instance 1 in group f: \"x/y\" is not a valid hostname"])
        #expect(desk.notifier.alertmanagers.active == [Desk.a, Desk.b])
        #expect(desk.metric("queue_length").last == "alertmanager=\(Desk.b):1")
        // An unchanged entry keeps what was found for it over a reload.
        try desk.apply("a:9093\n")
        #expect(desk.notifier.alertmanagers.active == [Desk.a, Desk.b])
        desk.carrier.release()
        #expect(await desk.got(Desk.b) == ["1", "2"])
    }

    @Test("addresses")
    func addresses() throws {
        let desk = try Desk()
        let problems = try desk.apply(
            """
            a:9093 | {scheme: https, path_prefix: /am/}
            b:9093 gone:1 c:1 | {path_prefix: x, relabel_configs: [{action: drop, source_labels: [__address__], regex: 'gone.*'}, \
            {source_labels: [__address__], regex: 'c.*', target_label: __alerts_path__, replacement: 'own path'}]}
            d:1 | {relabel_configs: [{target_label: __address__, replacement: ''}]}
            [::1]:9093 | {relabel_configs: [{target_label: __scheme__, replacement: https}]}
            """)
        #expect(
            desk.notifier.alertmanagers.active == [
                "https://a:9093/am/api/v2/alerts", "http://b:9093/x/api/v2/alerts", "http://c:1/own%20path", "https://[::1]:9093/api/v2/alerts",
            ])
        #expect(desk.notifier.alertmanagers.dropped == ["http://gone:1/x/api/v2/alerts"])
        #expect(problems == ["instance 0 in group 0: no address"])
    }

    @Test("the end waits for what is still to be sent, and not for ever")
    func shutdown() async throws {
        let desk = try Desk("a:9093\nb:9093", batch: 1)
        desk.carrier.answer(.held, for: Desk.b)
        desk.send("1", "2", "3")
        await desk.untilHeld()
        await desk.notifier.shutDown(within: 50_000_000)
        #expect(desk.carrier.take(Desk.a).map(\.names) == ["1", "2", "3"])
        #expect(desk.metric("dropped_total") == ["alertmanager=\(Desk.a):0", "alertmanager=\(Desk.b):3"])
        #expect(desk.events.first == .abandoned(url: Desk.b, alerts: 2))
        desk.send("4")
        #expect(await desk.got(Desk.a) == [])
    }

    @Test("without draining, what waits is dropped at the end")
    func noDraining() async throws {
        let desk = try Desk("a:9093", batch: 1)
        desk.carrier.answer(.held, for: Desk.a)
        desk.send("1", "2")
        await desk.untilHeld()
        await desk.notifier.shutDown(within: 60_000_000_000, drains: false)
        #expect(desk.metric("dropped_total") == ["alertmanager=\(Desk.a):2"])
    }

    @Test("alerts that nobody is there to take are forgotten")
    func nobody() async throws {
        let desk = try Desk()
        desk.send("1")
        try desk.apply("a:9093")
        desk.send("2")
        #expect(await desk.got(Desk.a) == ["2"])
    }
}
