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

private let reasons: [(name: String, calm: Double, troubled: Double)] = [
    ("timeout", 0.003, 0.07), ("out_of_memory", 0.001, 0.004), ("bad_media", 0.006, 0.006), ("upstream", 0.002, 0.09),
]

/// The queue between gateway and workers: how long it is, how long each stage takes, who is busy, what fails.
func taskQueuePage(seed: UInt64, now: Double) -> String {
    let activity = Activity("task-queue", seed: seed, now: now)
    var page = PageWriter()
    page.gauge(
        "task_queue_length", "Tasks waiting, by queue.",
        stages.map { (["queue": $0.name], activity.follow("length" + $0.name, 0, $0.rate * 30, troubled: 8).rounded()) })
    page.gauge(
        "task_queue_oldest_seconds", "Age of the oldest waiting task, by queue.",
        stages.map { (["queue": $0.name], activity.follow("oldest" + $0.name, 0.2, $0.delay.median * 2, troubled: 10)) })
    page.histogram(
        "task_duration_seconds", "Time a worker spent on a task, by stage.",
        stages.map { stage in
            let bounds = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800]
            return (
                ["stage": stage.name], activity.histogram(stage.rate, stage.name, bounds: bounds, delay: stage.delay, slowed: stage.delay.slower(2))
            )
        })
    workers(activity, &page)
    page.counter(
        "task_failures_total", "Tasks that failed, by stage and reason.",
        stages.flatMap { stage in
            reasons.map { reason in
                let failed = activity.events(stage.rate, stage.name + reason.name, calm: reason.calm, troubled: reason.troubled)
                return (["reason": reason.name, "stage": stage.name], failed)
            }
        })
    page.counter(
        "task_retries_total", "Tasks put back into their queue, by stage.",
        stages.map { (["stage": $0.name], activity.events($0.rate, "retry" + $0.name, calm: 0.008, troubled: 0.14)) })
    page.process(activity, memory: 2.4e8)
    return page.text
}

private func workers(_ activity: Activity, _ page: inout PageWriter) {
    page.gauge(
        "task_workers", "Workers by stage and state.",
        stages.flatMap { stage in
            let busy = min(stage.workers, activity.follow("busy" + stage.name, 0, stage.workers * 0.85, troubled: 1.5).rounded())
            let points: [PageWriter.Point] = [
                (["stage": stage.name, "state": "busy"], busy), (["stage": stage.name, "state": "idle"], stage.workers - busy),
            ]
            return points
        })
}
