import Model
import Runtime
import Scraping
import TSDB

/// What the server tells of itself besides what the API and scraping count, under Prometheus's names where one exists.
enum SelfMetrics {
    static func register(_ registry: MetricsRegistry, database: Database, state: LiveState) {
        registry.addProcess { .current() }
        registerHead(registry, database.head)
        registerExemplars(registry, database.head)
        registerStorage(registry, database)
        registerTiers(registry, database)
        registry.callback("prometheus_tsdb_wal_corruptions_total", .counter, help: "Damaged places found in the write-ahead log.") {
            Double(database.status.counts.logCorruptions)
        }
        registry.callback("prometheus_config_last_reload_successful", .gauge, help: "Whether the last configuration reload succeeded.") {
            state.lastReload.succeeded ? 1 : 0
        }
        registry.callback(
            "prometheus_config_last_reload_success_timestamp_seconds", .gauge,
            help: "When a configuration was last put into force, seconds since 1970."
        ) { Double(state.lastReload.time) / 1000 }
        registry.callback("prometheus_target_scrape_pool_targets", .gauge, help: "Targets of a scrape pool.") {
            state.targetCounts.map { MetricPoint(labels: [MetricLabel("scrape_job", $0.key)], value: .number(Double($0.value))) }
        }
        registry.callback("prometheus_target_scrape_pool_target_limit", .gauge, help: "How many targets a scrape pool may have; 0: any number.") {
            state.targetLimits.map { MetricPoint(Double($0.value), labels: [MetricLabel("scrape_job", $0.key)]) }
        }
    }

    private static func registerStorage(_ registry: MetricsRegistry, _ database: Database) {
        func add(_ name: String, _ type: MetricType, _ help: String, _ value: @escaping @Sendable (DatabaseStatus) -> Double) {
            registry.callback(name, type, help: help) { value(database.status) }
        }
        let tsdb = "prometheus_tsdb_"
        registry.callback(tsdb + "blocks_loaded", .gauge, help: "Blocks that queries see.") { Double(database.blocks.count) }
        add(tsdb + "compactions_total", .counter, "Blocks written by compactions.") { Double($0.counts.compactions) }
        add(tsdb + "compactions_failed_total", .counter, "Compactions that failed.") { Double($0.counts.failedCompactions) }
        add(tsdb + "head_truncations_total", .counter, "How often the head gave up what had become a block.") { Double($0.counts.headTruncations) }
        add(tsdb + "head_stale_series", .gauge, "Series of the head that end with a stale marker.") { Double($0.staleSeries) }
        add(tsdb + "stale_series_compactions_triggered_total", .counter, "How often stale series left the head before their time.") {
            Double($0.counts.staleCompactions)
        }
        add(tsdb + "stale_series_compactions_failed_total", .counter, "How often that failed.") { Double($0.counts.failedStaleCompactions) }
        add(tsdb + "checkpoint_creations_total", .counter, "Checkpoints written.") { Double($0.counts.checkpoints) }
        add(tsdb + "checkpoint_creations_failed_total", .counter, "Checkpoints that failed.") { Double($0.counts.failedCheckpoints) }
        add(tsdb + "time_retentions_total", .counter, "Blocks removed for their age.") { Double($0.counts.timeRetentions) }
        add(tsdb + "size_retentions_total", .counter, "Blocks removed for want of room.") { Double($0.counts.sizeRetentions) }
        add(tsdb + "storage_blocks_bytes", .gauge, "Bytes of all blocks.") { Double($0.sizes.blocks) }
        add(tsdb + "wal_storage_size_bytes", .gauge, "Bytes of the log.") { Double($0.sizes.wal) }
        add(tsdb + "head_chunks_storage_size_bytes", .gauge, "Bytes of the head's chunk files.") { Double($0.sizes.headChunks) }
        add(tsdb + "retention_limit_bytes", .gauge, "The limit in bytes; 0 without one.") { Double($0.byteLimit ?? 0) }
        add(tsdb + "retention_limit_seconds", .gauge, "How long blocks are kept; 0 for good.") { Double($0.retention.time ?? 0) / 1000 }
        add(tsdb + "lowest_timestamp", .gauge, "The oldest time of all data, milliseconds since 1970.") { Double($0.lowestTime ?? 0) }
        add("martlet_tsdb_quarantined_files", .gauge, "Files and blocks that were set aside because they could not be read.") {
            Double($0.quarantined.count)
        }
        add("martlet_tsdb_read_only", .gauge, "Whether samples are refused because the disk is nearly full.") { $0.readOnly == nil ? 0 : 1 }
    }

    /// The file system that the data folder lies on, whoever fills it.
    static func registerDisk(_ registry: MetricsRegistry, _ path: String, _ files: any FileSystem) {
        func add(_ name: String, _ help: String, _ value: @escaping @Sendable (DiskSpace) -> Int64) {
            registry.callback("martlet_tsdb_disk_" + name, .gauge, help: help) {
                (try? files.space(path)).map { [MetricPoint(Double(value($0)))] } ?? []
            }
        }
        add("size_bytes", "Size of the file system that the data folder lies on.") { $0.total }
        add("available_bytes", "What of it is free.") { $0.free }
    }

    private static func registerExemplars(_ registry: MetricsRegistry, _ head: Head) {
        func add(_ name: String, _ type: MetricType, _ help: String, _ value: @escaping @Sendable (ExemplarStats) -> Double) {
            registry.callback("prometheus_tsdb_exemplar_" + name, type, help: help) { value(head.exemplarStats) }
        }
        add("exemplars_appended_total", .counter, "Exemplars appended.") { Double($0.appended) }
        add("out_of_order_exemplars_total", .counter, "Exemplars refused for being older than the last of their series.") { Double($0.outOfOrder) }
        add("exemplars_in_storage", .gauge, "Exemplars kept.") { Double($0.kept) }
        add("series_with_exemplars_in_storage", .gauge, "Series that exemplars are kept of.") { Double($0.series) }
        add("max_exemplars", .gauge, "How many exemplars can be kept.") { Double($0.limit) }
        add("last_exemplars_timestamp_seconds", .gauge, "The time of the oldest exemplar kept, seconds since 1970; others may have come later.") {
            Double($0.oldestTime ?? 0) / 1000
        }
    }

    private static func registerHead(_ registry: MetricsRegistry, _ head: Head) {
        func add(_ name: String, _ type: MetricType, _ help: String, _ value: @escaping @Sendable (HeadStats) -> Double) {
            registry.callback(name, type, help: help) { value(head.stats) }
        }
        let tsdb = "prometheus_tsdb_"
        add(tsdb + "head_series", .gauge, "Series in the head.") { Double($0.series) }
        add(tsdb + "head_chunks", .gauge, "Chunks in the head.") { Double($0.chunks) }
        add(tsdb + "head_min_time", .gauge, "The oldest sample's time, milliseconds since 1970.") { Double($0.minTime ?? 0) }
        add(tsdb + "head_max_time", .gauge, "The newest sample's time, milliseconds since 1970.") { Double($0.maxTime ?? 0) }
        add(tsdb + "head_series_created_total", .counter, "Series created in the head.") { Double($0.seriesCreated) }
        add(tsdb + "head_series_removed_total", .counter, "Series removed from the head.") { Double($0.seriesRemoved) }
        add(tsdb + "out_of_order_samples_total", .counter, "Samples refused for being older than the last.") { Double($0.samplesOutOfOrder) }
        add(tsdb + "too_old_samples_total", .counter, "Samples refused for being older than late samples may be.") { Double($0.samplesTooOld) }
        add("martlet_head_samples", .gauge, "Samples in the head.") { Double($0.samples) }
        add("martlet_head_samples_dropped_total", .counter, "Samples dropped because the head was full.") { Double($0.samplesDropped) }
        add("martlet_head_samples_future_total", .counter, "Samples refused for being too far ahead of the clock.") { Double($0.samplesOutOfBounds) }
        registry.callback("martlet_head_series_limit", .gauge, help: "Series up to which the head takes new ones; 0: any number.") {
            Double(head.seriesBudget.series ?? 0)
        }
        registry.callback("martlet_head_bytes_limit", .gauge, help: "Memory up to which the head takes new series; 0: any size.") {
            Double(head.seriesBudget.bytes ?? 0)
        }
        registry.callback("martlet_head_budget_reached", .gauge, help: "Whether new series are refused because there is no room for them.") {
            head.isBudgetReached ? 1 : 0
        }
        add("martlet_head_bytes", .gauge, "Memory of the head, by own count.") { Double($0.bytes) }
        registry.callback(tsdb + "head_samples_appended_total", .counter, help: "Samples appended to the head.") {
            [MetricPoint(labels: [MetricLabel("type", "float")], value: .number(Double(head.stats.samplesAppended)))]
        }
    }
}
