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
    /// Nil where there is no data folder, as in tests.
    let storage: (any StorageAdministration)?
    /// Nil where nothing is kept on record.
    let records: (any RecordsReading)?
    let logger: Logger

    static let truncated = "results truncated due to limit"

    /// Makes an answer on a query thread, and compresses it there too if the client reads that.
    func onQueryThread(
        _ call: APICall, limit: Int64? = nil, query: AskedQuery? = nil, _ body: @escaping @Sendable (QueryJob) throws -> APIResponse
    ) async throws(APIError) -> APIResponse {
        let request = call.request
        return try await queries.run(limit: limit, for: request, query: query) { job in try body(job).packed(for: request) }
    }

    /// Everything below `/api/v1`.
    var api: [Route] {
        let both = ["GET", "POST"]
        let local: [Route] = [
            Route("/api/v1/query", both, on: .loop, by: instantQuery),
            Route("/api/v1/query_range", both, on: .loop, by: rangeQuery),
            Route("/api/v1/query_exemplars", both, by: exemplars),
            Route("/api/v1/format_query", both, by: formatQuery),
            Route("/api/v1/parse_query", both, by: parseQuery),
            Route("/api/v1/labels", both, on: .loop, by: labelNames),
            Route("/api/v1/label/:name/values", on: .loop, by: labelValues),
            Route("/api/v1/series", both, on: .loop, by: series),
            Route("/api/v1/metadata", by: metadata),
            Route("/api/v1/targets", by: targets),
            Route("/api/v1/targets/metadata", by: targetsMetadata),
            Route("/api/v1/scrape_pools", by: scrapePools),
            Route("/api/v1/alertmanagers", by: alertmanagers),
            Route("/api/v1/rules", by: rules),
            Route("/api/v1/alerts", by: alerts),
        ]
        return local + status + administration + queryAdministration + recordRoutes
    }
}
