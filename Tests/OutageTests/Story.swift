import Demo
import Foundation
import Model
import Notifier
import PromQL
import Rules
import Runtime
import StrictYAML
import Synchronization
import TSDB
import TestKit

@testable import Scraping

/// The demo before a server's parts, on a clock that goes as fast as it can: its pages are scraped, the rules of deploy/rules evaluated, and the
/// built-in route tells one receiver.
final class Story {
    struct Message {
        let time: Timestamp
        let group: String
        let alerts: [Labels]
        let isFiring: Bool
    }

    /// A Wednesday, 13:00 UTC, when there is much to do.
    static let busy: Timestamp = 1_772_629_200_000
    private static let step: Int64 = 15_000

    private let clock: ManualClock
    private let head: Head
    private let manager: RuleManager
    private let sent = Outbox()
    private let targets: [(page: DemoPage, ingester: TargetIngester)]
    private let playbook: Playbook
    private var core: NotifierCore
    private(set) var messages: [Message] = []

    private final class Outbox: AlertSink {
        private let all = Mutex<[SentAlert]>([])
        func send(_ alerts: [SentAlert]) { all.withLock { $0 += alerts } }

        func take() -> [SentAlert] {
            all.withLock { all in
                defer { all = [] }
                return all
            }
        }
    }

    init(_ playbook: Playbook, from start: Timestamp) throws {
        self.playbook = playbook
        clock = ManualClock(start)
        let head = Head(options: HeadOptions(), clock: clock)
        self.head = head
        targets = DemoPage.all.map { page in
            let labels = Labels([(name: "instance", value: "\(page.name):80"), (name: "job", value: page.name)])
            return (page, TargetIngester(head: head, targetLabels: labels, options: TargetIngester.Options(), metadata: TargetMetadata()))
        }
        manager = RuleManager(
            RuleEnvironment(
                clock: clock, querier: EngineQuerier(Engine(), over: head), storage: head, source: head, templates: RuleTemplates(), sink: sent))
        let hook = try NotifierConfiguration.read(
            Array("route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://hook'}]}]\n".utf8), file: "am.yml", zones: .none)
        core = NotifierCore(NotifierPlan(BuiltInRoute.configuration(integrations: hook.receivers[0].integrations)), at: start)
        manager.update(try Self.rules(), RuleDefaults(interval: Self.step))
    }

    private static func rules() throws -> [RuleGroup] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../deploy/rules").standardized.path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yml") }.sorted()
        return try names.flatMap { try RuleFile.parse(Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))), file: $0) }
    }

    /// Lets so many minutes go by.
    func pass(minutes: Int) throws {
        let end = clock.now() + Int64(minutes) * 60_000
        while clock.now() < end {
            let now = clock.now() + Self.step
            while let next = core.nextStep, next <= now { carryOut(core.advance(to: next), at: next) }
            clock.set(now)
            try scrape(at: now)
            for group in manager.groups { group.evaluate(at: now) }
            carryOut(core.receive(sent.take().map { Self.alert($0, at: now) }, at: now), at: now)
        }
    }

    private func scrape(at now: Timestamp) throws {
        let seconds = Double(now) / 1000
        for (page, ingester) in targets {
            let answer: Result<ScrapedPage, ScrapeError>
            if page.answers(at: seconds, playbook: playbook) {
                let body = PageBuffer()
                body.append(Array(page.text(seed: 1, at: seconds, playbook: playbook).utf8))
                answer = .success(ScrapedPage(body: body, contentType: "text/plain; version=0.0.4"))
            } else {
                answer = .failure(ScrapeError("down"))
            }
            _ = try ingester.ingest(answer, at: now) { 1_000_000 }
        }
    }

    private static func alert(_ alert: SentAlert, at now: Timestamp) -> Notifier.Alert {
        Notifier.Alert(
            received: alert.labels, annotations: alert.annotations, startsAt: alert.startsAt, endsAt: alert.endsAt, generatorAddress: "", at: now,
            resolveTimeout: 0)
    }

    /// Everything arrives at once.
    private func carryOut(_ steps: NotifierSteps, at now: Timestamp) {
        for delivery in steps.deliveries {
            messages.append(Message(time: now, group: delivery.key.group, alerts: delivery.items.map(\.labels), isFiring: delivery.isFiring))
            carryOut(core.finish(delivery.id, .accepted, at: now), at: now)
        }
    }

    /// What has been told, for people: minutes since the start of the outage.
    func told(since start: Timestamp) -> [String] {
        messages.map { message in
            let names = Set(message.alerts.map { "\($0["alertname"] ?? "")/\($0["severity"] ?? "")" }).sorted().joined(separator: " ")
            return "\((message.time - start) / 1000) s \(message.isFiring ? "" : "over ")\(names)"
        }
    }

    /// The most messages that came within so many minutes.
    static func most(of messages: [Message], within minutes: Int64) -> Int {
        messages.indices.map { first in messages[first...].prefix { $0.time < messages[first].time + minutes * 60_000 }.count }.max() ?? 0
    }
}
