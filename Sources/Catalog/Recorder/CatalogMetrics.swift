import Runtime

/// What the catalog tells of itself.
struct CatalogMetrics: Sendable {
    let kept: Counter
    let lost: Counter
    let spilled: Counter
    let refusals: Counter
    let purged: Counter
    let waiting: Gauge
    let spillRecords: Gauge
    let spillBytes: Gauge

    init(_ registry: MetricsRegistry) {
        let prefix = "martlet_catalog_"
        kept = registry.counter(prefix + "records_total", help: "Records written to the catalog.")
        lost = registry.counter(
            prefix + "records_lost_total", help: "Records that neither the catalog nor the spill file nor the memory had room for.")
        spilled = registry.counter(prefix + "records_spilled_total", help: "Records written to the spill file, as the catalog did not take them.")
        refusals = registry.counter(prefix + "write_failures_total", help: "Transactions that the catalog refused.")
        purged = registry.counter(prefix + "records_purged_total", help: "Records removed for their age.")
        waiting = registry.gauge(prefix + "records_waiting", help: "Records in memory that are not yet written.")
        spillRecords = registry.gauge(prefix + "spill_records", help: "Records in the spill file.")
        spillBytes = registry.gauge(prefix + "spill_bytes", help: "Bytes of the spill file.")
    }
}
