/// What can go wrong in the watched product, and a deployment, which goes right.
public enum Drill: String, CaseIterable, Sendable {
    case errorRate2 = "error-rate-2"
    case errorRate8 = "error-rate-8"
    case slowAnswers = "slow-answers"
    case queueBacklog = "queue-backlog"
    case workerLost = "worker-lost"
    case slowStages = "slow-stages"
    case retryStorm = "retry-storm"
    case llmFailing = "llm-failing"
    case redisDown = "redis-down"
    case postgresRefusing = "postgres-refusing"
    case seaweedFSVolumeLost = "seaweedfs-volume-lost"
    case diskFilling = "disk-filling"
    case cpuBusy = "cpu-busy"
    case memoryShort = "memory-short"
    case targetDown = "target-down"
    case deployment

    /// What happens, for people.
    public var title: String {
        switch self {
        case .errorRate2: "2 % of the API gateway's requests fail"
        case .errorRate8: "8 % of the API gateway's requests fail"
        case .slowAnswers: "the API gateway and the bot answer many times slower"
        case .queueBacklog: "tasks for speech recognition come faster than they are worked on"
        case .workerLost: "one of three workers for speech recognition is gone"
        case .slowStages: "every stage of a task takes eight times as long"
        case .retryStorm: "tasks are put back and tried again, three times for each that ends"
        case .llmFailing: "two in five requests to the language models fail, the others are slow"
        case .redisDown: "Redis is gone"
        case .postgresRefusing: "PostgreSQL refuses connections"
        case .seaweedFSVolumeLost: "a SeaweedFS volume server is gone"
        case .diskFilling: "the data disk fills up within five minutes"
        case .cpuBusy: "every core of the machine is busy"
        case .memoryShort: "the machine runs out of memory"
        case .targetDown: "the bot's page answers no more (503)"
        case .deployment: "a new version is rolled out, service by service"
        }
    }
}
