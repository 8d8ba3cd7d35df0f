/// One page of the demo: which part of the watched product it plays, and what it says at a moment.
public struct DemoPage: Sendable {
    /// The name its job usually has, in lower case with dashes.
    public let name: String
    /// What it plays, for people.
    public let title: String
    private let write: @Sendable (_ seed: UInt64, _ now: Double) -> String

    init(_ name: String, _ title: String, _ write: @escaping @Sendable (_ seed: UInt64, _ now: Double) -> String) {
        self.name = name
        self.title = title
        self.write = write
    }

    /// The page in the text exposition format 0.0.4. A pure function: the same seed and time give the same bytes.
    /// - Parameter seconds: Unix time.
    public func text(seed: UInt64, at seconds: Double) -> String { write(seed, seconds) }

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
