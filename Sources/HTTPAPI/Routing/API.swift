public import Logging
public import Model
public import PromQL
public import Runtime
public import TSDB

/// All endpoints, without a server: takes requests as values and gives answers as values.
public final class API: Sendable {
    private let endpoints: Endpoints
    private let requestMetrics: RequestMetrics
    private let crossOrigin: CrossOrigin
    /// Sorted by nothing: the first that matches is it.
    private let routes: [Route]

    /// - Throws: if `corsOrigin` is no regular expression.
    public init(
        options: HTTPServerOptions, engine: Engine, source: any SeriesSource, state: any ServerState, registry: MetricsRegistry,
        clock: any Clock, storage: (any StorageAdministration)? = nil, logger: Logger = Logger(label: "api")
    ) throws {
        let metrics = QueryMetrics(registry)
        endpoints = Endpoints(
            options: options, engine: engine, source: source, state: state, registry: registry, clock: clock,
            queries: QueryRunner(options, clock: clock, metrics: metrics), queryMetrics: metrics, storage: storage, logger: logger)
        requestMetrics = RequestMetrics(registry)
        crossOrigin = try CrossOrigin(options)
        routes = endpoints.api + endpoints.management + endpoints.pages
        registerBuild()
    }

    /// Never throws: what goes wrong is part of the answer.
    public func respond(to request: APIRequest) async -> APIResponse {
        let began = endpoints.clock.monotonic()
        var (handler, response) = await dispatch(request)
        crossOrigin.addHeaders(to: &response, for: request)
        if request.acceptsGzip { await compress(&response) }
        if request.method == "HEAD" {
            response.headers.append(("Content-Length", String(response.body.count)))
            response.body = []
        }
        requestMetrics.count(handler, response.status, seconds: Double(endpoints.clock.monotonic() - began) / 1e9)
        return response
    }

    /// The handler's name, for the metrics, and its answer.
    private func dispatch(_ request: APIRequest) async -> (String, APIResponse) {
        guard let path = withoutPrefix(request.path) else { return ("/*path", .notFound) }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        if request.method == "OPTIONS", path.hasPrefix("/api/v1/") {
            return ("/api/v1/*path", APIResponse(status: 204, type: "", body: []))
        }
        for route in routes {
            guard let parameter = route.match(segments) else { continue }
            return (route.pattern, await answer(request, route, parameter))
        }
        return ("/*path", .notFound)
    }

    private func answer(_ request: APIRequest, _ route: Route, _ parameter: String) async -> APIResponse {
        guard route.methods.contains(request.method) else {
            var response = APIResponse.refusal("Method Not Allowed", status: 405)
            response.headers.append(("Allow", route.allow))
            return response
        }
        if route.needsReadiness, !endpoints.state.isReady { return Self.notReady }
        if request.method != "GET", request.method != "HEAD", route.changesState, crossOrigin.isForeign(request) {
            return .refusal("requests from another origin may not change the server's state", status: 403)
        }
        do {
            return try await route.handler(APICall(request: request, parameter: parameter))
        } catch {
            return .failure(error)
        }
    }

    static let notReady = APIResponse.text("Service Unavailable", status: 503)

    /// The path as routes know it; nil outside the prefix.
    private func withoutPrefix(_ path: String) -> String? {
        let prefix = endpoints.options.routePrefix
        guard !prefix.isEmpty else { return path }
        guard path.hasPrefix(prefix) else { return nil }
        let rest = String(path.dropFirst(prefix.count))
        if rest.isEmpty { return "/" }
        return rest.hasPrefix("/") ? rest : nil
    }

    /// Small answers are not worth it; large ones are compressed off the event loop.
    private func compress(_ response: inout APIResponse) async {
        guard response.body.count >= 1024, response.header("Content-Encoding") == nil else { return }
        let body = response.body
        let isLarge = body.count > 1 << 16
        let compressed = isLarge ? (try? await endpoints.queries.run(hangUp: HangUp()) { _ in Gzip.compress(body) }) ?? nil : Gzip.compress(body)
        guard let compressed else { return }
        response.body = compressed
        response.headers.append(("Content-Encoding", "gzip"))
    }

    private func registerBuild() {
        let (registry, state) = (endpoints.registry, endpoints.state)
        registry.callback("prometheus_build_info", .gauge, help: "Always 1; its labels tell what was built, and from what.") {
            [state] in
            let build = state.build()
            let labels = [
                MetricLabel("branch", build.branch), MetricLabel("goversion", build.compiler), MetricLabel("revision", build.revision),
                MetricLabel("version", build.version),
            ]
            return [MetricPoint(1, labels: labels)]
        }
        registry.callback("prometheus_ready", .gauge, help: "Whether the server is ready to answer queries.") { [state] in state.isReady ? 1 : 0 }
    }
}

/// What the server counts of its requests.
private final class RequestMetrics: Sendable {
    private let registry: MetricsRegistry

    init(_ registry: MetricsRegistry) { self.registry = registry }

    func count(_ handler: String, _ status: Int, seconds: Double) {
        let name = MetricLabel("handler", handler)
        registry.counter(
            "prometheus_http_requests_total", help: "HTTP requests.", labels: [MetricLabel("code", String(status)), name]
        ).increment()
        registry.histogram(
            "prometheus_http_request_duration_seconds", help: "How long HTTP requests took.", bounds: Self.bounds, labels: [name]
        ).observe(seconds)
    }

    private static let bounds = [0.1, 0.2, 0.4, 1, 3, 8, 20, 60, 120]
}
