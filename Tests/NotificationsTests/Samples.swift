import Model
import StrictYAML
import Synchronization
import TestKit
import WebClient

@testable import Notifications
@testable import Notifier

/// Notifications, settings and senders to test with.
enum Sample {
    static let now: Timestamp = 1_800_000_000_000
    static let zones = ZoneDatabase { name in try? FileReading.system.read("/usr/share/zoneinfo/" + name) }

    static func item(_ labels: [(name: String, value: String)], _ annotations: [Label] = [], endsAt: Timestamp? = nil) -> Delivery.Item {
        Delivery.Item(
            labels: Labels(labels), annotations: annotations, startsAt: now - 300_000, endsAt: endsAt, generatorAddress: "http://m/graph?g0.expr=a&b")
    }

    static let disk = item(
        [("alertname", "DiskFull"), ("instance", "db1:9100"), ("job", "node"), ("severity", "critical")],
        [Label("description", "d"), Label("summary", "90 % <full> & é")])

    static func over(_ item: Delivery.Item) -> Delivery.Item {
        var item = item
        item.endsAt = now
        return item
    }

    static func delivery(
        _ items: [Delivery.Item] = [disk], kind: IntegrationKind = .webhook, id: UInt64 = 7, attempts: Int = 1
    ) -> Delivery {
        let key = LogKey(group: #"{}:{alertname="DiskFull"}"#, integration: IntegrationKey(receiver: "ops", kind: kind, index: 0))
        return Delivery(
            id: id, key: key, groupLabels: Labels([(name: "alertname", value: "DiskFull")]), items: items, reason: .first, time: now,
            repeatInterval: 1, firing: [], resolved: [], attempts: attempts)
    }

    static func notification(_ items: [Delivery.Item] = [disk], kind: IntegrationKind = .webhook) -> Notification {
        Notification(delivery(items, kind: kind), externalAddress: "http://martlet.example")
    }

    /// The integrations of a receiver that is written in YAML.
    static func integrations(_ yaml: String, global: String = "") throws -> [NotifierPlan.Integration] {
        let text = "\(global)\nroute: {receiver: ops}\nreceivers:\n- name: ops\n" + yaml.split(separator: "\n").map { "  \($0)\n" }.joined()
        let configuration = try NotifierConfiguration.read(Array(text.utf8), file: "am.yml", zones: .none)
        return NotifierPlan(configuration).receivers["ops"] ?? []
    }

    static func writer(_ files: [String: String] = [:], templates: MessageTemplates = MessageTemplates()) -> LetterWriter {
        LetterWriter(templates: templates, zone: .utc, zones: ZoneCache(zones), client: "martlet/1", readFile: reader(files))
    }

    static func reader(_ files: [String: String]) -> @Sendable (String) throws -> [UInt8] {
        { path in
            guard let text = files[path] else { throw Missing() }
            return Array(text.utf8)
        }
    }

    struct Missing: Error {}

    /// What is sent to the first integration.
    static func post(_ yaml: String, _ items: [Delivery.Item] = [disk], global: String = "", files: [String: String] = [:]) throws -> WebPost {
        let integration = try integrations(yaml, global: global)[0]
        guard
            case .web(let post) = try writer(files).letter(
                notification(items, kind: integration.key.kind), integration.settings, at: now)
        else { throw Missing() }
        return post
    }

    static func json(_ post: WebPost) throws -> JSONValue { try JSONValue(parsing: post.body) }

    static func mail(_ yaml: String, _ items: [Delivery.Item] = [disk], zone: Zone = .utc, files: [String: String] = [:]) throws -> SMTPDelivery {
        var writer = writer(files)
        writer = LetterWriter(templates: writer.templates, zone: zone, zones: writer.zones, client: "x", readFile: writer.readFile)
        let integration = try integrations("email_configs:\n- " + yaml)[0]
        guard case .mail(let mail) = try writer.letter(notification(items, kind: .email), integration.settings, at: now) else { throw Missing() }
        return mail
    }
}

extension FileReading {
    static let system = FileReading(read: { path in try readSystemFile(path) }, list: { _ in [] })
}

/// A sender and what it reported.
final class SenderAtWork: Sendable {
    let sender: IntegrationSender
    let web: WebClients
    let notes = NoteBook()

    init(_ change: (inout IntegrationSender.Limits) -> Void = { _ in }, files: [String: String] = [:]) {
        var limits = IntegrationSender.Limits()
        change(&limits)
        web = WebClients(userAgent: "Martlet/test", readFile: Sample.reader(files))
        sender = IntegrationSender(
            templates: MessageTemplates(), web: web, clock: ManualClock(Sample.now), zone: .utc, zones: .none, client: "martlet/1", limits: limits,
            readFile: Sample.reader(files)
        ) { [notes] in notes.add($0.description) }
    }

    func send(_ integration: NotifierPlan.Integration, _ delivery: Delivery? = nil) async -> DeliveryOutcome {
        let own = delivery ?? Sample.delivery(kind: integration.key.kind)
        return await sender.send(own, to: integration, externalAddress: "http://martlet.example")
    }
}

final class NoteBook: Sendable {
    private let texts = Mutex<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func add(_ text: String) { texts.withLock { $0.append(text) } }
}
