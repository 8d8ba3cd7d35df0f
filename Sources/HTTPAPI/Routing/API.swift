public import Access
public import Catalog
public import Logging
public import Model
public import PromQL
public import Runtime
public import TSDB

/// All endpoints, without a server: takes requests as values and gives answers as values.
public final class API: Sendable {
    let endpoints: Endpoints
    /// Nil: everybody may do what the options allow.
    private let access: AccessControl?
    private let crossOrigin: CrossOrigin
    private let routes: RouteTable
    private let preflight: HandlerMetrics
    private let unknown: HandlerMetrics

    /// - Throws: if `corsOrigin` is no regular expression.
    public init(
        options: HTTPServerOptions, engine: Engine, source: any SeriesSource, state: any ServerState, registry: MetricsRegistry,
        clock: any Clock, storage: (any StorageAdministration)? = nil, records: (any RecordsReading)? = nil, queryLog: (any QueryLog)? = nil,
        recording: (any Recording)? = nil, writes: (any WriteReceiving)? = nil, access: AccessControl? = nil,
        logger: Logger = Logger(label: "api")
    ) throws {
        let metrics = QueryMetrics(registry)
        endpoints = Endpoints(
            options: options, engine: engine, source: source, state: state, registry: registry, clock: clock,
            queries: QueryRunner(options, clock: clock, metrics: metrics, log: queryLog), queryMetrics: metrics,
            federation: FederationMetrics(registry), storage: storage, recording: recording, records: records, writes: writes, logger: logger)
        self.access = access
        crossOrigin = try CrossOrigin(options)
        routes = RouteTable(endpoints.all) { HandlerMetrics($0, registry) }
        preflight = HandlerMetrics("/api/v1/*path", registry)
        unknown = HandlerMetrics("/*path", registry)
        registerBuild()
    }

    /// Never throws: what goes wrong is part of the answer.
    ///
    /// What takes long runs on threads of its own, so that this may be called on an event loop.
    public func respond(to request: APIRequest) async -> APIResponse {
        let began = endpoints.clock.monotonic()
        var (metrics, response) = await dispatch(request)
        crossOrigin.addHeaders(to: &response, for: request)
        if let access { response.add(access.headers) }
        if request.method == "HEAD" {
            response.headers.append(("Content-Length", String(response.body.count)))
            response.body = []
        }
        metrics.count(response.status, seconds: Double(endpoints.clock.monotonic() - began) / 1e9)
        return response
    }

    /// What refuses a request before its body is there: its login.
    func refusal(byHeadOf request: APIRequest) async -> APIResponse? {
        guard let access, let path = withoutPrefix(request.path) else { return nil }
        let began = endpoints.clock.monotonic()
        let entry = routes.find(path)?.entry
        var named = request
        guard var refusal = await access.admit(&named, to: entry) else { return nil }
        crossOrigin.addHeaders(to: &refusal, for: request)
        refusal.add(access.headers)
        (entry?.metrics ?? unknown).count(refusal.status, seconds: Double(endpoints.clock.monotonic() - began) / 1e9)
        return refusal
    }

    /// The answer, and what counts it.
    private func dispatch(_ request: APIRequest) async -> (HandlerMetrics, APIResponse) {
        guard let path = withoutPrefix(request.path) else { return (unknown, .notFound) }
        if request.method == "OPTIONS", ["/api/v1/", "/api/v2/"].contains(where: path.hasPrefix) {
            return (preflight, APIResponse(status: 204, type: "", body: []))
        }
        let found = routes.find(path)
        guard let access else { return await dispatch(request, to: found) }
        var named = request
        if let refusal = await access.admit(&named, to: found?.entry) { return (found?.entry.metrics ?? unknown, refusal) }
        return await dispatch(named, to: found)
    }

    private func dispatch(_ request: APIRequest, to found: (entry: RouteTable.Entry, parameter: String)?) async -> (HandlerMetrics, APIResponse) {
        guard let (entry, parameter) = found else { return (unknown, .notFound(request.path)) }
        guard let route = entry.route(request.method) else { return (entry.metrics, .notAllowed(request.method, request.path, entry.allow)) }
        if let refusal = refusal(request, route) { return (entry.metrics, refusal) }
        let call = APICall(request: request, parameter: parameter)
        switch route.place {
        case .loop: return (entry.metrics, await answer(call, route))
        case .aside:
            let response = await withTaskExecutorPreference(globalConcurrentExecutor) {
                await answer(call, route).packed(for: request)
            }
            return (entry.metrics, response)
        }
    }

    private func refusal(_ request: APIRequest, _ route: Route) -> APIResponse? {
        if route.needsReadiness, !endpoints.state.isReady { return Self.notReady }
        if request.method != "GET", request.method != "HEAD", route.audience.changesState, crossOrigin.isForeign(request) {
            return .refusal("requests from another origin may not change the server's state", status: 403)
        }
        return nil
    }

    private func answer(_ call: APICall, _ route: Route) async -> APIResponse {
        do {
            return try await route.handler(call)
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
