private struct Route {
    let path: String
    let method: String
    /// Requests a second at the busiest hour.
    let rate: Double
    let delay: Delay
    /// What a good answer says.
    let success: String

    init(_ method: String, _ path: String, _ rate: Double, _ median: Double, _ success: String = "200") {
        self.path = path
        self.method = method
        self.rate = rate
        self.delay = Delay(median: median, spread: 0.75)
        self.success = success
    }

    var key: String { method + path }
}

private let routes = [
    Route("GET", "/v1/tasks", 14, 0.021), Route("POST", "/v1/tasks", 3.2, 0.055, "201"), Route("GET", "/v1/tasks/{id}", 22, 0.012),
    Route("DELETE", "/v1/tasks/{id}", 0.2, 0.03, "204"), Route("POST", "/v1/uploads", 2.1, 0.42, "201"),
    Route("GET", "/v1/artifacts/{id}", 5.5, 0.085),
    Route("GET", "/v1/users/me", 9, 0.009), Route("POST", "/v1/auth/token", 1.1, 0.11),
]

/// Shares of all requests by status: in calm hours under 1 % fail with 5xx, during an incident as many as its name says.
private let failures: [(status: String, calm: Double, few: Double, many: Double)] = [
    ("400", 0.012, 0.012, 0.012), ("401", 0.008, 0.008, 0.008), ("404", 0.01, 0.01, 0.01), ("429", 0.002, 0.002, 0.006),
    ("500", 0.002, 0.009, 0.03), ("502", 0.001, 0.005, 0.02), ("503", 0.001, 0.006, 0.03),
]

/// The gate everything passes: requests by route, method and status, how long they take, how many are in flight.
func apiGatewayPage(_ scene: Scene) -> String {
    let activity = Activity("api-gateway", scene, deployed: 20)
    var page = PageWriter()
    page.counter("http_requests_total", "Requests answered, by route, method and status.", routes.flatMap { requests($0, activity) })
    page.histogram(
        "http_request_duration_seconds", "Time to answer a request, by route and method.",
        routes.map { route in
            let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
            let histogram = activity.histogram(
                route.rate, route.key, bounds: bounds, delay: route.delay, slower: [.errorRate2: 1.2, .errorRate8: 1.5, .slowAnswers: 12])
            return (["method": route.method, "route": route.path], histogram)
        })
    page.counter(
        "http_response_bytes_total", "Bytes of answers sent, by route.",
        [("/v1/tasks", 71_000.0), ("/v1/tasks/{id}", 48_000), ("/v1/artifacts/{id}", 2_600_000), ("/v1/users/me", 6_000)].map { path, rate in
            (["route": path], activity.amount(rate, "bytes" + path).rounded())
        })
    page.gauge(
        "http_requests_in_flight", "Requests being answered now.", activity.follow("in flight", 0, 9, [.errorRate8: 3, .slowAnswers: 9]).rounded())
    page.gauge("http_connections_open", "Open client connections.", activity.follow("connections", 30, 900, [.slowAnswers: 1.4]).rounded())
    page.build(activity)
    page.process(activity, memory: 9.6e7, files: 120)
    return page.text
}

private func requests(_ route: Route, _ activity: Activity) -> [PageWriter.Point] {
    let bad = failures.reduce((calm: 0.0, few: 0.0, many: 0.0)) { ($0.calm + $1.calm, $0.few + $1.few, $0.many + $1.many) }
    return ([(route.success, 1 - bad.calm, 1 - bad.few, 1 - bad.many)] + failures).map { status, calm, few, many in
        let count = activity.events(route.rate, route.key, calm: calm, [.errorRate2: few, .errorRate8: many])
        return (["method": route.method, "route": route.path, "status": status], count)
    }
}
