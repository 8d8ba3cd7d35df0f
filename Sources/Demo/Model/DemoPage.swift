/// One page of the demo: which part of the watched product it plays, and what it says at a moment.
public struct DemoPage: Sendable {
    /// The name its job usually has, in lower case with dashes.
    public let name: String
    /// What it plays, for people.
    public let title: String
    private let write: @Sendable (Scene) -> String

    init(_ name: String, _ title: String, _ write: @escaping @Sendable (Scene) -> String) {
        self.name = name
        self.title = title
        self.write = write
    }

    /// The page in the text exposition format 0.0.4. A pure function: the same arguments give the same bytes.
    /// - Parameter seconds: Unix time.
    public func text(seed: UInt64, at seconds: Double, playbook: Playbook = .quiet) -> String {
        write(Scene(seed: seed, now: seconds, playbook: playbook))
    }

    /// Whether the page answers at a moment.
    public func answers(at seconds: Double, playbook: Playbook) -> Bool {
        name != "telegram-bot" || playbook.incident(at: seconds)?.drill != .targetDown
    }

    /// Every page, in the order of their ports.
    public static let all: [DemoPage] = [
        DemoPage("telegram-bot", "Telegram bot", telegramBotPage),
        DemoPage("api-gateway", "API gateway", apiGatewayPage),
        DemoPage("task-queue", "task queue and its workers", taskQueuePage),
        DemoPage("llm-service", "LLM service", llmServicePage),
        DemoPage("seaweedfs", "SeaweedFS", seaweedFSPage),
        DemoPage("node", "a machine, as node_exporter shows it", nodePage),
        DemoPage("postgres", "PostgreSQL, as postgres_exporter shows it", postgresPage),
        DemoPage("redis", "Redis, as redis_exporter shows it", redisPage),
    ]
}
