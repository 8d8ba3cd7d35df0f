import Access
import Catalog
import Logging
import Model
import PromQL
import Runtime
import TSDB

/// What the endpoints answer from. One extension a topic.
struct Endpoints: Sendable {
    let options: HTTPServerOptions
    let engine: Engine
    let source: any SeriesSource
    let state: any ServerState
    let registry: MetricsRegistry
    let clock: any Clock
    let queries: QueryRunner
    let queryMetrics: QueryMetrics
    let federation: FederationMetrics
    /// Nil where there is no data folder, as in tests.
    let storage: (any StorageAdministration)?
    /// Nil where nothing is kept on record.
    let recording: (any Recording)?
    let records: (any RecordsReading)?
    /// Nil where remote writes are not allowed.
    let writes: (any WriteReceiving)?
    let logger: Logger

    static let truncated = "results truncated due to limit"

    /// Makes an answer, and compresses it if the client reads that: on a query thread, or on the caller's if it was quick of late.
    func onQueryThread(
        _ call: APICall, limit: Int64? = nil, query: AskedQuery? = nil, key: QuickQueries.Key? = nil,
        _ body: @escaping @Sendable (QueryJob) throws -> APIResponse
    ) async throws(APIError) -> APIResponse {
        let request = call.request
        return try await queries.run(limit: limit, for: request, query: query, key: key) { job in try body(job).packed(for: request) }
    }

    /// All routes there are; whom each is for is told in `Routing/roles.md`.
    var all: [Route] { api + writeRoutes + alertmanagerRoutes + management + pages }

    /// Everything below `/api/v1`.
    var api: [Route] {
        let both = ["GET", "POST"]
        let local: [Route] = [
            Route("/api/v1/query", both, for: .viewer, on: .loop, by: instantQuery),
            Route("/api/v1/query_range", both, for: .viewer, on: .loop, by: rangeQuery),
            Route("/api/v1/query_exemplars", both, for: .viewer, by: exemplars),
            Route("/api/v1/format_query", both, for: .viewer, by: formatQuery),
            Route("/api/v1/parse_query", both, for: .viewer, by: parseQuery),
            Route("/api/v1/labels", both, for: .viewer, on: .loop, by: labelNames),
            Route("/api/v1/label/:name/values", for: .viewer, on: .loop, by: labelValues),
            Route("/api/v1/series", both, for: .viewer, on: .loop, by: series),
            Route("/api/v1/metadata", for: .viewer, by: metadata),
            Route("/api/v1/targets", for: .viewer, by: targets),
            Route("/api/v1/targets/metadata", for: .viewer, by: targetsMetadata),
            Route("/api/v1/targets/relabel_steps", for: .viewer, by: relabelSteps),
            Route("/api/v1/scrape_pools", for: .viewer, by: scrapePools),
            Route("/api/v1/scrape_pools/config", for: .viewer, by: scrapePoolConfiguration),
            Route("/api/v1/alertmanagers", for: .viewer, by: alertmanagers),
            Route("/api/v1/rules", for: .viewer, by: rules),
            Route("/api/v1/alerts", for: .viewer, by: alerts),
        ]
        return local + eventRoutes + status + administration + queryAdministration + recordRoutes
    }
}
