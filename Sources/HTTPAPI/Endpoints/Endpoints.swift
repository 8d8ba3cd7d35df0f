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
    let logger: Logger

    static let truncated = "results truncated due to limit"

    /// Everything below `/api/v1`.
    var api: [Route] {
        let both = ["GET", "POST"]
        let local: [Route] = [
            Route("/api/v1/query", both, by: instantQuery),
            Route("/api/v1/query_range", both, by: rangeQuery),
            Route("/api/v1/query_exemplars", both, by: exemplars),
            Route("/api/v1/format_query", both, by: formatQuery),
            Route("/api/v1/parse_query", both, by: parseQuery),
            Route("/api/v1/labels", both, by: labelNames),
            Route("/api/v1/label/:name/values", by: labelValues),
            Route("/api/v1/series", both, by: series),
            Route("/api/v1/metadata", by: metadata),
            Route("/api/v1/targets", by: targets),
            Route("/api/v1/targets/metadata", by: targetsMetadata),
            Route("/api/v1/scrape_pools", by: scrapePools),
            Route("/api/v1/alertmanagers", by: alertmanagers),
            Route("/api/v1/rules", by: rules),
            Route("/api/v1/alerts", by: alerts),
        ]
        return local + status + administration
    }
}
