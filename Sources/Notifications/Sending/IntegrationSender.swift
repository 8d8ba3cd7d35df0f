public import Model
public import Notifier
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Runtime
import Synchronization
public import WebClient

/// Sends deliveries by mail and over HTTP.
///
/// Of one integration a few attempts are made at a time, the others wait their turn; integrations do not wait for each other. An attempt ends within
/// its own time-out, at most `Limits.attempt`, and none takes longer than that, `Limits.turn` and `Limits.writing` together. What goes wrong is told
/// without secrets.
public final class IntegrationSender: DeliverySending {
    /// Bounds of the sending.
    public struct Limits: Sendable {
        /// Attempts at a time to one integration.
        public var atATime = 4
        /// How long an attempt waits for its turn.
        public var turn: Duration = .seconds(30)
        /// How long the writing of a message may take, milliseconds: files of secrets may lie where reading takes long.
        public var writing: Int64 = 20_000
        /// How long an attempt without a time-out of its own may take, milliseconds.
        public var usual: Int64 = 15_000
        /// How long any may, milliseconds; a mail goes to a server that may be slow on purpose.
        public var attempt: Int64 = 120_000

        public init() {}
    }

    /// What happened beside the outcome: a template failed and a plain text was sent in its place, one of several recipients was refused.
    public struct Note: Sendable, Hashable, CustomStringConvertible {
        public let delivery: UInt64
        public let integration: IntegrationKey
        public let text: String

        public var description: String { "\(integration): \(text)" }
    }

    private let web: WebClients
    private let clock: any Clock
    private let limits: Limits
    private let report: @Sendable (Note) -> Void
    private let gate: AttemptGate
    /// Templates are filled in and files are read on threads of their own: a template may take long, and so may a file.
    private let writers = WorkerPool(name: "messages", threads: 2, queueLimit: 10_000)
    private let writer: Mutex<LetterWriter>
    private let slackPlaces = Mutex<[LogKey: SlackMessage.Place]>([:])

    /// Slack messages that can still be changed; of older ones new messages are sent.
    private static let mostPlaces = 10_000
    /// Of an answer no more is read.
    private static let mostAnswer = 64 << 10

    /// - Parameters:
    ///   - web: makes the connections; whoever made it shuts it down.
    ///   - zone: whose time mails have.
    ///   - zones: those that templates can ask for.
    ///   - client: who we say we are, `martlet/1.0`.
    ///   - readFile: reads files of secrets, each time they are needed.
    ///   - report: told what happened beside the outcome.
    public init(
        templates: MessageTemplates, web: WebClients, clock: any Clock, zone: Zone, zones: ZoneDatabase, client: String, limits: Limits = Limits(),
        readFile: @escaping @Sendable (String) throws -> [UInt8], report: @escaping @Sendable (Note) -> Void = { _ in }
    ) {
        writer = Mutex(LetterWriter(templates: templates, zone: zone, zones: ZoneCache(zones), client: client, readFile: readFile))
        self.web = web
        self.clock = clock
        self.limits = limits
        self.report = report
        gate = AttemptGate(most: limits.atATime)
    }

    /// Takes the templates and the zone of a new configuration; deliveries from now on are told with them.
    public func use(_ templates: MessageTemplates, zone: Zone) {
        writer.withLock { writer in
            writer.templates = templates
            writer.zone = zone
        }
    }

    public func send(_ delivery: Delivery, to integration: NotifierPlan.Integration, externalAddress: String) async -> DeliveryOutcome {
        guard await gate.enter(integration.key, within: limits.turn) else {
            return .failed(Task.isCancelled ? "given up" : "other attempts to this receiver have not ended yet", retryAfter: nil)
        }
        defer { gate.leave(integration.key) }
        let notification = Notification(delivery, externalAddress: externalAddress)
        let written = await limited(to: limits.writing, or: .failure(.now("the message was not written in time"))) {
            await self.write(notification, integration.settings)
        }
        switch written {
        case .success(let letter): return await deliver(letter, delivery, integration)
        case .failure(let error): return error.outcome
        }
    }

    /// On a thread where a file or a template may take its time.
    private func write(_ notification: Notification, _ settings: IntegrationConfiguration.Settings) async -> Result<Letter, Unsendable> {
        let writer = writer.withLock { $0 }
        let place = slackPlaces.withLock { $0[notification.delivery.key] }
        do {
            return .success(
                try await writers.run { [clock] in try writer.letter(notification, settings, at: clock.now(), changing: place) })
        } catch let error as Unsendable {
            return .failure(error)
        } catch {
            return .failure(.now("\(error)"))
        }
    }

    // MARK: Delivering

    private func deliver(_ letter: Letter, _ delivery: Delivery, _ integration: NotifierPlan.Integration) async -> DeliveryOutcome {
        switch letter {
        case .mail(let mail):
            let mask = SecretMask(mail.secrets)
            let result = await limited(to: limits.attempt, or: SMTPDelivery.Result(outcome: late(limits.attempt))) { await mail.run() }
            note(mail.message.problems + result.notes, mask, delivery)
            return masked(result.outcome, mask)
        case .web(let post):
            let mask = SecretMask(post.secrets)
            let limit = min(post.timeout ?? limits.usual, limits.attempt)
            let outcome = await limited(to: limit, or: late(limit)) { await self.deliver(post, delivery, integration, within: limit) }
            note(post.problems, mask, delivery)
            return masked(outcome, mask)
        }
    }

    private func deliver(_ post: WebPost, _ delivery: Delivery, _ integration: NotifierPlan.Integration, within limit: Int64) async -> DeliveryOutcome
    {
        let deadline = NIODeadline.now() + .milliseconds(limit)
        let (outcome, answer) = await attempt(post, post.body, before: deadline)
        if let plain = post.plainBody, TelegramJudge.isMarkup(outcome) {
            note(["the markup was not taken, so the text was sent without: \(outcome)"], SecretMask(post.secrets), delivery)
            return await attempt(post, plain, before: deadline).0
        }
        if case .slack(let settings) = integration.settings, settings.updatesMessage, outcome == .accepted, let answer {
            remember(SlackJudge.place(answer), delivery.key)
        }
        return outcome
    }

    private func attempt(_ post: WebPost, _ body: [UInt8], before deadline: NIODeadline) async -> (DeliveryOutcome, WebAnswer?) {
        do {
            let response = try await web.answer(to: post.address, as: post.client, before: deadline) { message in
                message.method = .POST
                message.headers.add(name: "Content-Type", value: post.type)
                for (name, value) in post.headers { message.headers.add(name: name, value: value) }
                message.body = .bytes(ByteBuffer(bytes: body))
            }
            // The status has been said, whatever becomes of the rest.
            let text = (try? await WebClients.body(of: response, limit: Self.mostAnswer, before: deadline)) ?? []
            let headers = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
            let answer = WebAnswer(status: Int(response.status.code), headers: headers, body: text, time: clock.now())
            return (post.judge.outcome(answer), answer)
        } catch {
            return (.failed(TransportFailure.beforeAnswer(error, post.address), retryAfter: nil), nil)
        }
    }

    private func remember(_ place: SlackMessage.Place?, _ key: LogKey) {
        guard let place else { return }
        slackPlaces.withLock { places in
            if places.count >= Self.mostPlaces, places[key] == nil { places.removeAll() }
            places[key] = place
        }
    }

    /// Ends when the time is over, whatever the attempt does.
    private func limited<Result: Sendable>(to limit: Int64, or late: Result, _ attempt: @escaping @Sendable () async -> Result) async -> Result {
        let decision = Decision<Result>()
        let attempt = Task { decision.decide(await attempt()) }
        let timer = Task {
            // A little later, so that what knows better says what it was that took so long.
            try? await Task.sleep(for: .milliseconds(limit + 500))
            if decision.decide(late) { attempt.cancel() }
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await decision.value()
        } onCancel: {
            attempt.cancel()
            decision.decide(late)
        }
    }

    private func late(_ limit: Int64) -> DeliveryOutcome { .failed("no answer within \(FloatFormat.plain(Double(limit) / 1000)) s", retryAfter: nil) }

    private func masked(_ outcome: DeliveryOutcome, _ mask: SecretMask) -> DeliveryOutcome {
        switch outcome {
        case .accepted: .accepted
        case .refused(let reason): .refused(mask.masked(reason))
        case .failed(let reason, let asked): .failed(mask.masked(reason), retryAfter: asked)
        }
    }

    private func note(_ problems: [String], _ mask: SecretMask, _ delivery: Delivery) {
        for problem in problems { report(Note(delivery: delivery.id, integration: delivery.key.integration, text: mask.masked(problem))) }
    }
}
