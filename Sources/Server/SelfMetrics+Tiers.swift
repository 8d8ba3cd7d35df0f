import Model
import Runtime
import TSDB

extension SelfMetrics {
    /// What `/api/v1/status/tsdb/tiers` tells, by `tier`: `raw`, `5m`, `1h`.
    static func registerTiers(_ registry: MetricsRegistry, _ database: Database) {
        func add(_ name: String, _ type: MetricType, _ help: String, _ value: @escaping @Sendable (TierStatus) -> Double?) {
            registry.callback("martlet_tier_" + name, type, help: help) {
                database.status.tiers.compactMap { tier in value(tier).map { MetricPoint($0, labels: [MetricLabel("tier", tier.name)]) } }
            }
        }
        @Sendable func seconds(_ milliseconds: Int64?) -> Double? { milliseconds.map { Double($0) / 1000 } }
        add("blocks", .gauge, "Blocks of a tier.") { Double($0.blocks) }
        add("bytes", .gauge, "Bytes of a tier's blocks.") { Double($0.bytes) }
        add("windows", .gauge, "Windows in a tier's blocks; of the tier raw, samples.") { Double($0.samples) }
        add("oldest_timestamp_seconds", .gauge, "The oldest time in a tier's blocks, seconds since 1970.") { seconds($0.oldest) }
        add("newest_timestamp_seconds", .gauge, "The newest time in a tier's blocks, seconds since 1970.") { seconds($0.newest) }
        add("retention_seconds", .gauge, "How long a tier is kept; 0 for good.") { Double($0.retention ?? 0) / 1000 }
        add("backlog_seconds", .gauge, "How much time is in raw blocks and not yet folded into a tier.") {
            $0.tier == nil ? nil : Double($0.backlog) / 1000
        }
        func count(_ name: String, _ help: String, _ value: @escaping @Sendable (TierStatus.Counts) -> Int) {
            add(name + "_total", .counter, help) { $0.tier == nil ? nil : Double(value($0.counts)) }
        }
        count("folds", "Blocks of a tier that were folded of what is finer.", \.folds)
        count("refolds", "Blocks of a tier written anew because of late samples, deletions or damage.", \.refolds)
        count("merges", "Blocks of a tier made of smaller ones.", \.compactions)
        count("late_merges", "Blocks of a tier to which late samples were added whose neighbours are gone.", \.lateMerges)
        count("failures", "Work on a tier that failed, and is tried again.", \.failures)
        registerPurges(registry, database)
    }

    private static func registerPurges(_ registry: MetricsRegistry, _ database: Database) {
        registry.callback("martlet_tier_purges_total", .counter, help: "Blocks of a tier that were removed, or made smaller, and why.") {
            database.status.tiers.flatMap { tier in
                let counts = [("time", tier.counts.purgedByTime), ("size", tier.counts.purgedBySize), ("rule", tier.counts.trimmedByRule)]
                return counts.map { cause, count in
                    MetricPoint(Double(count), labels: [MetricLabel("reason", cause), MetricLabel("tier", tier.name)])
                }
            }
        }
    }
}
