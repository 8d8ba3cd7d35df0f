/// The bot people talk to: commands, uploads, how fast it answers.
func telegramBotPage(_ scene: Scene) -> String {
    let activity = Activity("telegram-bot", scene, deployed: 80)
    var page = PageWriter()
    let commands: [(name: String, rate: Double, delay: Delay)] = [
        ("start", 0.8, Delay(median: 0.045, spread: 0.5)), ("help", 0.3, Delay(median: 0.03, spread: 0.4)),
        ("summary", 2.4, Delay(median: 0.35, spread: 0.8)), ("status", 1.9, Delay(median: 0.08, spread: 0.6)),
        ("settings", 0.25, Delay(median: 0.06, spread: 0.5)), ("language", 0.15, Delay(median: 0.05, spread: 0.5)),
        ("cancel", 0.2, Delay(median: 0.07, spread: 0.6)),
    ]
    page.counter(
        "telegram_bot_commands_total", "Commands received, by command.",
        commands.map { (["command": $0.name], activity.events($0.rate, $0.name)) })
    page.histogram(
        "telegram_bot_response_seconds", "Time from a command to the bot's first answer.",
        commands.map { command in
            let bounds = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
            let histogram = activity.histogram(command.rate, command.name, bounds: bounds, delay: command.delay, slower: [.slowAnswers: 20])
            return (["command": command.name], histogram)
        })
    botUploads(activity, &page)
    page.counter(
        "telegram_bot_errors_total", "Answers that failed, by reason.",
        [("timeout", 0.008, 0.3), ("flood_wait", 0.004, 0.004), ("bad_request", 0.01, 0.01), ("internal", 0.003, 0.02)].map { reason, calm, slow in
            (["reason": reason], activity.events(1, "error" + reason, calm: calm, [.slowAnswers: slow]))
        })
    page.gauge("telegram_bot_active_chats", "Chats with a message in the last five minutes.", activity.follow("chats", 40, 2300).rounded())
    page.gauge(
        "telegram_bot_updates_pending", "Updates fetched and not yet handled.", activity.follow("pending", 0, 12, [.slowAnswers: 30]).rounded())
    page.build(activity)
    page.process(activity, memory: 1.8e8)
    return page.text
}

private func botUploads(_ activity: Activity, _ page: inout PageWriter) {
    let kinds: [(name: String, rate: Double, bytes: Double)] = [
        ("voice", 1.6, 240_000), ("audio", 0.5, 9_400_000), ("video", 0.22, 61_000_000), ("document", 0.3, 3_100_000), ("link", 0.35, 0),
    ]
    page.counter(
        "telegram_bot_uploads_total", "Recordings handed to the bot, by kind.",
        kinds.map { (["kind": $0.name], activity.events($0.rate, $0.name)) })
    page.counter(
        "telegram_bot_upload_bytes_total", "Bytes of recordings handed to the bot, by kind.",
        kinds.map { (["kind": $0.name], activity.events($0.rate, $0.name) * $0.bytes) })
}
