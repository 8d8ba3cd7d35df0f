private struct Stage {
    let name: String
    /// Tasks a second at the busiest hour.
    let rate: Double
    let delay: Delay
    let workers: Double
}

private let stages = [
    Stage(name: "audio_extraction", rate: 0.55, delay: Delay(median: 6, spread: 0.7), workers: 8),
    Stage(name: "asr", rate: 0.9, delay: Delay(median: 38, spread: 0.9), workers: 24),
    Stage(name: "diarisation", rate: 0.7, delay: Delay(median: 22, spread: 0.8), workers: 12),
    Stage(name: "summarisation", rate: 0.85, delay: Delay(median: 14, spread: 0.6), workers: 10),
    Stage(name: "artifact_generation", rate: 0.8, delay: Delay(median: 3.5, spread: 0.6), workers: 6),
]

/// Shares of all tasks that fail, in calm hours and while everything is tried again and again.
private let reasons: [(name: String, calm: Double, storm: Double)] = [
    ("timeout", 0.003, 0.07), ("out_of_memory", 0.001, 0.001), ("bad_media", 0.006, 0.006), ("upstream", 0.002, 0.04),
]

/// The queue between gateway and workers: how long it is, how long each stage takes, who is busy, what fails.
func taskQueuePage(_ scene: Scene) -> String {
    let activity = Activity("task-queue", scene, deployed: 40)
    var page = PageWriter()
    page.gauge(
        "task_queue_length", "Tasks waiting, by queue.",
        stages.map { stage in
            let usual = activity.follow("length" + stage.name, 0, stage.rate * 30, [.slowStages: 2, .retryStorm: 2])
            return (["queue": stage.name], (usual + backlog(stage, activity)).rounded())
        })
    page.gauge(
        "task_queue_oldest_seconds", "Age of the oldest waiting task, by queue.",
        stages.map { stage in
            // A backlog's oldest task came when it began.
            let age = backlog(stage, activity) > 0 ? activity.elapsed(.queueBacklog) ?? 300 : 0
            return (["queue": stage.name], age + activity.follow("oldest" + stage.name, 0.2, stage.delay.median * 2))
        })
    page.histogram(
        "task_duration_seconds", "Time a worker spent on a task, by stage.",
        stages.map { stage in
            let bounds = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800]
            let histogram = activity.histogram(stage.rate, stage.name, bounds: bounds, delay: stage.delay, slower: [.slowStages: 8])
            return (["stage": stage.name], histogram)
        })
    workers(activity, &page)
    page.counter(
        "task_failures_total", "Tasks that failed, by stage and reason.",
        stages.flatMap { stage in
            reasons.map { reason in
                let unanswered = reason.name == "upstream" && stage.name == "summarisation" ? 0.5 : reason.calm
                let shares: Work.Shares = [.retryStorm: reason.storm, .llmFailing: unanswered]
                return (
                    ["reason": reason.name, "stage": stage.name], activity.events(stage.rate, stage.name + reason.name, calm: reason.calm, shares)
                )
            }
        })
    page.counter(
        "task_retries_total", "Tasks put back into their queue, by stage.",
        stages.map { (["stage": $0.name], activity.events($0.rate, "retry" + $0.name, calm: 0.008, [.retryStorm: 3])) })
    page.build(activity)
    page.process(activity, memory: 2.4e8)
    return page.text
}

/// Tasks that wait because more come than are worked on.
private func backlog(_ stage: Stage, _ activity: Activity) -> Double { stage.name == "asr" ? activity.pile(.queueBacklog, rate: 5) : 0 }

private func workers(_ activity: Activity, _ page: inout PageWriter) {
    page.gauge("task_workers_expected", "Workers that should be there, by stage.", stages.map { (["stage": $0.name], $0.workers) })
    page.gauge(
        "task_workers", "Workers by stage and state.",
        stages.flatMap { stage in
            let alive = stage.name == "asr" && activity.plays(.workerLost) ? stage.workers * 2 / 3 : stage.workers
            let wanted = activity.follow("busy" + stage.name, 0, stage.workers * 0.8, [.workerLost: 1.5, .slowStages: 4, .retryStorm: 3])
            let busy = stage.name == "asr" && backlog(stage, activity) > 0 ? alive : min(alive, wanted.rounded())
            let points: [PageWriter.Point] = [
                (["stage": stage.name, "state": "busy"], busy), (["stage": stage.name, "state": "idle"], alive - busy),
            ]
            return points
        })
}
