private let commands: [(name: String, rate: Double, microseconds: Double)] = [
    ("get", 420, 2.1), ("set", 160, 3.4), ("del", 22, 2.2), ("expire", 60, 1.6), ("hget", 95, 2.4), ("hset", 40, 3.9), ("hgetall", 18, 9.8),
    ("incrby", 33, 2.0), ("lpush", 6, 2.9), ("brpop", 6, 5.5), ("zadd", 5, 6.1), ("zrangebyscore", 9, 14), ("publish", 4, 7.2), ("ping", 2, 0.7),
    ("scan", 0.5, 41), ("info", 0.2, 92),
]

/// The product's Redis server, under the names and help texts of redis_exporter.
///
/// When Redis is gone, only what the exporter knows by itself is left.
func redisPage(_ scene: Scene) -> String {
    let activity = Activity("redis", scene, cycle: 1_000_000, cell: 600)
    var page = PageWriter()
    let gone = activity.plays(.redisDown)
    page.gauge("redis_up", "Information about the Redis instance", gone ? 0 : 1)
    page.counter("redis_exporter_scrapes_total", "Current total redis scrapes.", (activity.uptime / 5).rounded(.down))
    page.gauge(
        "redis_exporter_last_scrape_error", "The last scrape error status.",
        ["err": gone ? "dial tcp 10.0.4.13:6379: connect: connection refused" : ""], gone ? 1 : 0)
    if !gone { instance(activity, &page) }
    page.process(activity, memory: 1.4e7, files: 9)
    return page.text
}

private func instance(_ activity: Activity, _ page: inout PageWriter) {
    page.gauge(
        "redis_instance_info", "Information about the Redis instance",
        [
            "maxmemory_policy": "allkeys-lru", "os": "Linux 6.12.48-amd64 x86_64", "redis_mode": "standalone", "redis_version": "7.4.5",
            "role": "master",
        ], 1)
    commandCounters(activity, &page)
    counters(activity, &page)
    gauges(activity, &page)
    keys(activity, &page)
}

private func commandCounters(_ activity: Activity, _ page: inout PageWriter) {
    func family(_ name: String, _ help: String, _ value: (String, Double, Double) -> Double) {
        page.counter("redis_commands_" + name, help, commands.map { (["cmd": $0.name], value($0.name, $0.rate, $0.microseconds)) })
    }
    family("total", "Total number of calls per command") { name, rate, _ in activity.events(rate, name) }
    family("duration_seconds_total", "Total amount of time in seconds spent per command") { name, rate, cost in
        activity.events(rate, name) * cost / 1e6
    }
    family("failed_calls_total", "Total number of errors prior command execution per command") { name, rate, _ in
        activity.events(rate, name, calm: 0, [.slowAnswers: 0.001])
    }
    family("rejected_calls_total", "Total number of errors within command execution per command") { _, _, _ in 0 }
}

private func counters(_ activity: Activity, _ page: inout PageWriter) {
    let plain: [(name: String, rate: Double)] = [
        ("commands_processed_total", 880), ("connections_received_total", 0.8), ("rejected_connections_total", 0), ("expired_keys_total", 31),
        ("evicted_keys_total", 0.02), ("keyspace_hits_total", 470), ("keyspace_misses_total", 44), ("net_input_bytes_total", 96_000),
        ("net_output_bytes_total", 410_000), ("total_reads_processed", 860), ("total_writes_processed", 870), ("total_error_replies", 0.03),
        ("unexpected_error_replies", 0), ("dump_payload_sanitizations", 0), ("migrate_cached_sockets_total", 0),
        ("expired_time_cap_reached_total", 0),
    ]
    for counter in plain { page.counter("redis_" + counter.name, counter.name + " metric", activity.events(counter.rate, counter.name)) }
    for (name, rate) in [("cpu_sys_seconds_total", 0.02), ("cpu_user_seconds_total", 0.05), ("cpu_sys_children_seconds_total", 0.001)] {
        page.counter("redis_" + name, name + " metric", activity.amount(rate, name))
    }
}

private func gauges(_ activity: Activity, _ page: inout PageWriter) {
    let used = activity.follow("memory", 4.1e8, 9.6e8).rounded()
    let plain: [(name: String, value: Double)] = [
        ("connected_clients", activity.follow("clients", 8, 74, [.slowAnswers: 1.3]).rounded()),
        ("blocked_clients", activity.follow("blocked", 0, 12).rounded()),
        ("connected_slaves", 1), ("config_maxclients", 10_000), ("config_maxmemory", 2_147_483_648), ("memory_max_bytes", 2_147_483_648),
        ("memory_used_bytes", used), ("memory_used_rss_bytes", (used * 1.13).rounded()), ("memory_used_peak_bytes", 1.13e9),
        ("memory_used_dataset_bytes", (used * 0.87).rounded()), ("memory_used_overhead_bytes", (used * 0.13).rounded()),
        ("memory_used_startup_bytes", 863_016), ("memory_used_lua_bytes", 31_744), ("mem_fragmentation_ratio", 1.13),
        ("allocator_active_bytes", (used * 1.05).rounded()), ("allocator_allocated_bytes", used),
        ("allocator_resident_bytes", (used * 1.12).rounded()),
        ("allocator_frag_ratio", 1.05), ("allocator_rss_ratio", 1.07), ("lazyfree_pending_objects", 0), ("active_defrag_running", 0),
        ("loading_dump_file", 0), ("rdb_bgsave_in_progress", 0), ("rdb_last_bgsave_status", 1), ("rdb_last_bgsave_duration_sec", 3),
        ("rdb_changes_since_last_save", activity.wander("changes", 0, 21_000, period: 300).rounded()), ("aof_enabled", 1),
        ("aof_last_write_status", 1),
        ("aof_last_bgrewrite_status", 1), ("aof_rewrite_in_progress", 0), ("cluster_enabled", 0), ("pubsub_channels", 6), ("pubsub_patterns", 0),
        ("repl_backlog_is_active", 1), ("replication_backlog_bytes", 1_048_576), ("tracking_clients", 0), ("latest_fork_seconds", 0.0041),
        ("uptime_in_seconds", activity.uptime.rounded(.down)), ("process_id", 1), ("number_of_cached_scripts", 4), ("io_threads_active", 0),
    ]
    for gauge in plain { page.gauge("redis_" + gauge.name, gauge.name + " metric", gauge.value) }
    page.gauge("redis_start_time_seconds", "Start time of the Redis instance since unix epoch in seconds.", activity.start)
    page.gauge("redis_slowlog_length", "Total slowlog", activity.wander("slow log", 0, 60, period: 3600).rounded())
}

private func keys(_ activity: Activity, _ page: inout PageWriter) {
    let sizes = (0..<16).map { database in database == 0 ? 410_000.0 : database == 1 ? 32_000 : 0 }
    func family(_ name: String, _ help: String, _ share: Double) {
        page.gauge(
            "redis_" + name, help,
            sizes.indices.map { (["db": "db\($0)"], (sizes[$0] * share * activity.wander("keys\($0)", 0.9, 1.1, period: 1800)).rounded()) })
    }
    family("db_keys", "Total number of keys by DB", 1)
    family("db_keys_expiring", "Total number of expiring keys by DB", 0.61)
}
