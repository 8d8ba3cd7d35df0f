import Model
import Runtime
import Synchronization

/// How long things take that differ from pool to pool, under Prometheus's names: as summaries, which it has for them.
final class ScrapeLengths: Sendable {
    private static let quantiles = [0.01, 0.05, 0.5, 0.9, 0.99]

    private struct State {
        /// By what they should be, in milliseconds.
        var intervals: [Int64: Summary] = [:]
        /// By pool.
        var syncs: [String: Summary] = [:]
    }

    private let now: @Sendable () -> Int64
    private let kept: Kept

    /// The registry's callbacks hold it too.
    private final class Kept: Sendable {
        let state = Mutex(State())
    }

    init(_ registry: MetricsRegistry, now: @escaping @Sendable () -> Int64) {
        self.now = now
        let kept = Kept()
        self.kept = kept
        registry.callback("prometheus_target_interval_length_seconds", .summary, help: "Actual intervals between scrapes.") {
            kept.state.withLock(\.intervals).map { interval, seen in
                MetricPoint(labels: [MetricLabel("interval", PromDuration.format(interval))], value: .summary(seen.snapshot(at: now())))
            }
        }
        registry.callback("prometheus_target_sync_length_seconds", .summary, help: "How long it took to take over the targets of a scrape pool.") {
            kept.state.withLock(\.syncs).map { pool, seen in
                MetricPoint(labels: [MetricLabel("scrape_job", pool)], value: .summary(seen.snapshot(at: now())))
            }
        }
        registry.callback("prometheus_target_scrape_pool_sync_total", .counter, help: "How often targets of a scrape pool were taken over.") {
            kept.state.withLock(\.syncs).map { pool, seen in
                MetricPoint(Double(seen.snapshot(at: now()).count), labels: [MetricLabel("scrape_job", pool)])
            }
        }
    }

    /// The summary of intervals that should be so long, in milliseconds: asked for once by each loop.
    func interval(_ milliseconds: Int64) -> Summary {
        kept.state.withLock { state in
            let summary = state.intervals[milliseconds] ?? Summary(quantiles: Self.quantiles)
            state.intervals[milliseconds] = summary
            return summary
        }
    }

    /// - Parameter nanoseconds: that a sync took which has just ended.
    func noteSync(of pool: String, _ nanoseconds: Int64) {
        let summary = kept.state.withLock { state in
            let summary = state.syncs[pool] ?? Summary(quantiles: Self.quantiles)
            state.syncs[pool] = summary
            return summary
        }
        summary.observe(Double(nanoseconds) / 1e9, at: now())
    }

    func forget(_ pool: String) { kept.state.withLock { $0.syncs[pool] = nil } }
}
