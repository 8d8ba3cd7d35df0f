private struct LanguageModel {
    let name: String
    /// Requests a second at the busiest hour.
    let rate: Double
    let delay: Delay
    /// Tokens of a usual request and of its answer.
    let prompt: Double
    let completion: Double
    /// Dollars for a thousand tokens of each.
    let price: (prompt: Double, completion: Double)
}

private let models = [
    LanguageModel(
        name: "summary-large", rate: 0.9, delay: Delay(median: 9, spread: 0.6), prompt: 6200, completion: 720, price: (0.0025, 0.01)),
    LanguageModel(
        name: "summary-small", rate: 2.2, delay: Delay(median: 2.6, spread: 0.5), prompt: 2400, completion: 310, price: (0.00015, 0.0006)),
    LanguageModel(name: "embedding", rate: 4.5, delay: Delay(median: 0.12, spread: 0.4), prompt: 480, completion: 0, price: (0.00002, 0)),
]

/// The service that asks language models: requests, tokens, time, errors and what it costs.
func llmServicePage(_ scene: Scene) -> String {
    let activity = Activity("llm-service", scene, deployed: 60)
    var page = PageWriter()
    page.counter(
        "llm_requests_total", "Requests to a language model, by model and outcome.",
        models.flatMap { model in
            [("ok", 0.996, 0.6), ("error", 0.004, 0.4)].map { outcome, calm, failing in
                (["model": model.name, "outcome": outcome], activity.events(model.rate, model.name, calm: calm, [.llmFailing: failing]))
            }
        })
    page.histogram(
        "llm_request_duration_seconds", "Time until a model's answer is complete, by model.",
        models.map { model in
            let bounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80]
            let histogram = activity.histogram(model.rate, model.name, bounds: bounds, delay: model.delay, slower: [.llmFailing: 6])
            return (["model": model.name], histogram)
        })
    page.counter("llm_tokens_total", "Tokens sent and received, by model.", models.flatMap { tokens($0, activity) })
    page.counter(
        "llm_cost_dollars_total", "What the providers charge, by model.",
        models.map { model in
            let each = (model.prompt * model.price.prompt + model.completion * model.price.completion) / 1000
            return (["model": model.name], activity.events(model.rate, model.name) * each)
        })
    page.counter(
        "llm_errors_total", "Requests without an answer, by model and reason.",
        models.flatMap { model in
            [("rate_limited", 0.002, 0.1), ("timeout", 0.001, 0.12), ("context_length", 0.0005, 0.0005), ("provider", 0.0005, 0.1795)].map {
                reason, calm, failing in
                (["model": model.name, "reason": reason], activity.events(model.rate, model.name + reason, calm: calm, [.llmFailing: failing]))
            }
        })
    page.gauge(
        "llm_requests_in_flight", "Requests waiting for a model, by model.",
        models.map {
            (["model": $0.name], activity.follow("flight" + $0.name, 0, $0.rate * $0.delay.mean, [.llmFailing: 6, .retryStorm: 3]).rounded())
        })
    page.build(activity)
    page.process(activity, memory: 1.3e8)
    return page.text
}

private func tokens(_ model: LanguageModel, _ activity: Activity) -> [PageWriter.Point] {
    let asked = activity.events(model.rate, model.name)
    return [
        (["direction": "prompt", "model": model.name], asked * model.prompt),
        (["direction": "completion", "model": model.name], asked * model.completion),
    ]
}
