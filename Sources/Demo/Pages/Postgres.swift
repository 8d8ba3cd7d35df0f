private let address = "10.0.4.12:5432"
private let databases: [(id: String, name: String, share: Double, bytes: Double)] = [
    ("5", "postgres", 0.002, 7.6e6), ("16384", "product", 1, 4.2e10), ("16385", "billing", 0.12, 2.1e9),
]

/// The product's PostgreSQL server, under the names and help texts of postgres_exporter.
///
/// When the server refuses the exporter's connection, only what the exporter knows by itself is left.
func postgresPage(_ scene: Scene) -> String {
    let activity = Activity("postgres", scene, cycle: 1_000_000, cell: 600)
    let refused = activity.plays(.postgresRefusing)
    var page = PageWriter()
    page.gauge(
        "pg_up", "Whether the last scrape of metrics from PostgreSQL was able to connect to the server (1 for yes, 0 for no).", refused ? 0 : 1)
    page.untyped("pg_exporter_last_scrape_error", "Whether the last scrape resulted in an error (1 for error, 0 for success).", refused ? 1 : 0)
    page.counter("pg_exporter_scrapes_total", "Total number of times PostgreSQL was scraped for metrics.", (activity.uptime / 5).rounded(.down))
    if !refused { server(activity, &page) }
    page.process(activity, memory: 2.6e7, files: 12)
    return page.text
}

private func server(_ activity: Activity, _ page: inout PageWriter) {
    page.gauge(
        "pg_static", "Version string as reported by postgres",
        ["server": address, "short_version": "17.6.0", "version": "PostgreSQL 17.6 on x86_64-pc-linux-gnu, 64-bit"], 1)
    page.gauge(
        "pg_database_size_bytes", "Disk space used by the database",
        databases.map {
            (["datname": $0.name, "server": address], ($0.bytes * activity.wander("size" + $0.name, 1, 1.04, period: 864_000)).rounded())
        })
    databaseCounters(activity, &page)
    writer(activity, &page)
    connections(activity, &page)
    settings(&page)
}

private func databaseCounters(_ activity: Activity, _ page: inout PageWriter) {
    let counters: [(name: String, help: String, rate: Double)] = [
        ("xact_commit", "Number of transactions in this database that have been committed", 190),
        ("xact_rollback", "Number of transactions in this database that have been rolled back", 0.7),
        ("blks_read", "Number of disk blocks read in this database", 160),
        ("blks_hit", "Number of times disk blocks were found already in the buffer cache", 24_000),
        ("tup_returned", "Number of rows returned by queries in this database", 61_000),
        ("tup_fetched", "Number of rows fetched by queries in this database", 8800),
        ("tup_inserted", "Number of rows inserted by queries in this database", 44),
        ("tup_updated", "Number of rows updated by queries in this database", 71),
        ("tup_deleted", "Number of rows deleted by queries in this database", 6),
        ("conflicts", "Number of queries canceled due to conflicts with recovery in this database.", 0),
        ("temp_files", "Number of temporary files created by queries in this database.", 0.01),
        ("temp_bytes", "Total amount of data written to temporary files by queries in this database.", 210_000),
        ("deadlocks", "Number of deadlocks detected in this database", 0.0002),
        ("blk_read_time", "Time spent reading data file blocks by backends in this database, in milliseconds", 22),
        ("blk_write_time", "Time spent writing data file blocks by backends in this database, in milliseconds", 3),
    ]
    for counter in counters {
        page.counter(
            "pg_stat_database_" + counter.name, counter.help,
            databases.map { database in
                let labels: KeyValuePairs = ["datid": database.id, "datname": database.name, "server": address]
                return (labels, activity.events(counter.rate * database.share, counter.name + database.name))
            })
    }
    page.gauge(
        "pg_stat_database_numbackends", "Number of backends currently connected to this database.",
        databases.map { database in
            let labels: KeyValuePairs = ["datid": database.id, "datname": database.name, "server": address]
            return (labels, activity.follow("backends" + database.name, 1, 1 + 60 * database.share, [.slowAnswers: 1.4]).rounded())
        })
}

private func writer(_ activity: Activity, _ page: inout PageWriter) {
    let counters: [(name: String, help: String, rate: Double)] = [
        ("checkpoints_timed_total", "Number of scheduled checkpoints that have been performed", 0.0033),
        ("checkpoints_req_total", "Number of requested checkpoints that have been performed", 0.0004),
        ("checkpoint_write_time_total", "Total amount of time that has been spent writing files to disk during checkpoints, in milliseconds", 420),
        ("checkpoint_sync_time_total", "Total amount of time that has been spent synchronising files during checkpoints, in milliseconds", 2),
        ("buffers_checkpoint_total", "Number of buffers written during checkpoints", 31),
        ("buffers_clean_total", "Number of buffers written by the background writer", 6),
        ("maxwritten_clean_total", "Number of times the background writer stopped a cleaning scan", 0.01),
        ("buffers_backend_total", "Number of buffers written directly by a backend", 9),
        ("buffers_backend_fsync_total", "Number of fsync calls by a backend", 0),
        ("buffers_alloc_total", "Number of buffers allocated", 180),
    ]
    for counter in counters {
        page.counter("pg_stat_bgwriter_" + counter.name, counter.help, ["server": address], activity.events(counter.rate, counter.name))
    }
    page.counter(
        "pg_stat_archiver_archived_count", "Number of WAL files that have been successfully archived", ["server": address],
        activity.events(0.01, "archived"))
    page.counter(
        "pg_stat_archiver_failed_count", "Number of failed attempts for archiving WAL files", ["server": address], activity.events(0.0001, "failed"))
}

private func connections(_ activity: Activity, _ page: inout PageWriter) {
    let states: [(name: String, high: Double)] = [
        ("active", 14), ("disabled", 0), ("fastpath function call", 0), ("idle", 44), ("idle in transaction", 3),
        ("idle in transaction (aborted)", 0),
    ]
    page.gauge(
        "pg_stat_activity_count", "number of connections in this state",
        databases.flatMap { database in
            states.map { state in
                let labels: KeyValuePairs = ["datname": database.name, "server": address, "state": state.name]
                return (labels, activity.follow("state" + state.name, 0, state.high * database.share, [.slowAnswers: 1.5]).rounded())
            }
        })
    page.gauge(
        "pg_stat_activity_max_tx_duration", "max duration in seconds any active transaction has been running",
        databases.map { database in
            (
                ["datname": database.name, "server": address, "state": "active"],
                activity.follow("transaction" + database.name, 0, 4 * database.share, [.slowAnswers: 9])
            )
        })
    let modes: [(name: String, high: Double)] = [
        ("accessexclusivelock", 0), ("accesssharelock", 40), ("exclusivelock", 2), ("rowexclusivelock", 22), ("rowsharelock", 6), ("sharelock", 0),
        ("sharerowexclusivelock", 0), ("shareupdateexclusivelock", 1), ("sireadlock", 0),
    ]
    page.gauge(
        "pg_locks_count", "Number of locks",
        databases.flatMap { database in
            modes.map { mode in
                let labels: KeyValuePairs = ["datname": database.name, "mode": mode.name, "server": address]
                return (labels, activity.follow("lock" + mode.name, 0, mode.high * database.share, [.slowAnswers: 2]).rounded())
            }
        })
}

private func settings(_ page: inout PageWriter) {
    let settings: [(name: String, help: String, value: Double)] = [
        ("max_connections", "Sets the maximum number of concurrent connections.", 200),
        ("shared_buffers_bytes", "Sets the number of shared memory buffers used by the server. [Units converted to bytes.]", 8_589_934_592),
        ("work_mem_bytes", "Sets the maximum memory to be used for query workspaces. [Units converted to bytes.]", 16_777_216),
        ("maintenance_work_mem_bytes", "Sets the maximum memory to be used for maintenance operations. [Units converted to bytes.]", 536_870_912),
        ("effective_cache_size_bytes", "Sets the planner's assumption about the total size of the data caches. [Units converted to bytes.]", 2.4e10),
        ("checkpoint_timeout_seconds", "Sets the maximum time between automatic WAL checkpoints. [Units converted to seconds.]", 300),
        ("max_wal_size_bytes", "Sets the WAL size that triggers a checkpoint. [Units converted to bytes.]", 4_294_967_296),
        ("autovacuum", "Starts the autovacuum subprocess.", 1), ("fsync", "Forces synchronization of updates to disk.", 1),
        ("random_page_cost", "Sets the planner's estimate of the cost of a nonsequentially fetched disk page.", 1.1),
    ]
    for setting in settings { page.gauge("pg_settings_" + setting.name, setting.help, ["server": address], setting.value) }
}
