import Exposition
import Model
import PromQL
import Runtime
import TSDB

/// `/federate`: the newest samples of chosen series as a page, for another server to scrape. As Prometheus 3.5 gives it.
extension Endpoints {
    func federate(_ call: APICall) async throws(APIError) -> APIResponse {
        let matchers: [[Matcher]]
        do {
            // No matcher at all chooses nothing, not everything.
            matchers = try selectors(call.form, mayMatchEverything: true) { .badData($0) }.filter { !$0.isEmpty }
        } catch {
            return .refusal(error.message, status: error.kind.status)
        }
        let (now, request) = (clock.now(), call.request)
        let (lookback, external) = (engine.options.lookback, state.externalLabels())
        do {
            return try await queries.run(for: request) { [source, federation] job in
                let damage = DamageWarnings(source)
                let samples = try NewestSamples.of(matchers, in: source, from: now - lookback, through: now) { try job.check() }
                federation.warnings.increment(by: damage.texts.count)
                let page = FederationPage(samples, external: external, escaping: .accepted(by: request.headers["accept"]))
                return Self.answer(page, request, job)
            }
        } catch {
            federation.errors.increment()
            return .refusal(error.message, status: error.kind.status)
        }
    }

    /// A large page is sent while it is written.
    private static func answer(_ page: FederationPage, _ request: APIRequest, _ job: QueryJob) -> APIResponse {
        var response = APIResponse(type: TextWriter.contentType(page.escaping), body: [])
        guard request.takesStreams, page.expectedSize > AnswerStream.pieceSize else {
            response.body = page.whole
            return response.packed(for: request)
        }
        let stream = AnswerStream()
        let isPacked = request.acceptsGzip
        if isPacked { response.headers.append(("Content-Encoding", "gzip")) }
        job.afterwards { page.write(to: PieceWriter(stream, isPacked: isPacked)) }
        response.stream = stream
        return response
    }
}

/// What the server counts of `/federate`.
struct FederationMetrics: Sendable {
    let errors: Counter
    let warnings: Counter

    init(_ registry: MetricsRegistry) {
        errors = registry.counter("prometheus_web_federation_errors_total", help: "Requests to /federate that could not be answered.")
        warnings = registry.counter("prometheus_web_federation_warnings_total", help: "Warnings about answers of /federate.")
    }
}
