import Glibc

/// Seconds, doubling from 0.1 ms, as SeaweedFS lays out its histograms.
private let bounds = (0..<20).map { 0.0001 * pow(2, Double($0)) }

private let collections: [(name: String, volumes: Double, bytes: Double)] = [
    ("uploads", 42, 3.1e11), ("artifacts", 18, 9.4e10), ("models", 6, 4.4e10),
]

/// Where recordings and results lie: a SeaweedFS master, volume server, filer and S3 gate in one process, under the names it gives itself.
/// The master knows a second volume server, which holds every volume once more.
func seaweedFSPage(_ scene: Scene) -> String {
    let activity = Activity("seaweedfs", scene)
    var page = PageWriter()
    page.gauge("SeaweedFS_master_is_leader", "is leader", 1)
    page.counter(
        "SeaweedFS_master_received_heartbeats", "Counter of master received heartbeat.",
        [("total", (activity.uptime / 5).rounded(.down)), ("newVolumes", activity.events(0.0004, "new volumes"))].map { (["type": $0], $1) })
    copies(activity, &page)
    volumes(activity, &page)
    service("volumeServer", [("read", 31, 0.0011), ("write", 2.4, 0.004), ("delete", 0.3, 0.0019)], activity, &page)
    service("filer", [("GET", 12, 0.003), ("POST", 2.2, 0.012), ("HEAD", 1.4, 0.001), ("DELETE", 0.3, 0.004)], activity, &page)
    s3(activity, &page)
    page.process(activity, memory: 6.2e8, files: 300)
    return page.text
}

/// Volumes that have fewer copies than they should: a few at any time are looked at, and all of them when a volume server is lost.
private func copies(_ activity: Activity, _ page: inout PageWriter) {
    let missing = activity.plays(.seaweedFSVolumeLost) ? 1.0 : 0
    page.gauge(
        "SeaweedFS_master_replica_placement_mismatch", "replica placement mismatch",
        collections.enumerated().flatMap { place, collection in
            (1...min(8, Int(collection.volumes))).map { (["collection": collection.name, "id": "\(100 * place + $0)"], missing) }
        })
}

private func volumes(_ activity: Activity, _ page: inout PageWriter) {
    // Old recordings are cleared away every thirty days.
    let filled = fmod(activity.now, 2_592_000) * 2.1e4
    page.gauge(
        "SeaweedFS_volumeServer_volumes", "Number of volumes or shards.",
        collections.map { (["collection": $0.name, "type": "volume"], $0.volumes) })
    page.gauge("SeaweedFS_volumeServer_max_volumes", "Maximum number of volumes.", 120)
    page.gauge(
        "SeaweedFS_volumeServer_read_only_volumes", "Number of read only volumes.",
        collections.flatMap { collection in
            ["noWriteCanDelete", "noWriteOrDelete"].map { (["collection": collection.name, "type": $0], $0 == "noWriteCanDelete" ? 1 : 0) }
        })
    page.gauge(
        "SeaweedFS_volumeServer_total_disk_size", "Actual disk size used by volumes.",
        collections.map { (["collection": $0.name, "type": "normal"], ($0.bytes + filled * $0.bytes / 4.48e11).rounded()) })
    let all = 1.0e12
    let used = (4.6e11 + filled).rounded()
    page.gauge(
        "SeaweedFS_volumeServer_resource", "Resource usage",
        [("all", all), ("used", used), ("free", all - used), ("avail", all - used - 2e10)].map { (["name": "/data", "type": $0], $1) })
}

private func service(_ part: String, _ kinds: [(name: String, rate: Double, median: Double)], _ activity: Activity, _ page: inout PageWriter) {
    page.counter(
        "SeaweedFS_\(part)_request_total", "Counter of \(part) requests.",
        kinds.flatMap { kind in
            [("200", 0.997, 0.93), ("404", 0.0025, 0.003), ("500", 0.0005, 0.067)].map { code, calm, lost in
                (["code": code, "type": kind.name], activity.events(kind.rate, part + kind.name, calm: calm, [.seaweedFSVolumeLost: lost]))
            }
        })
    page.histogram(
        "SeaweedFS_\(part)_request_seconds", "Bucketed histogram of \(part) request processing time.",
        kinds.map { kind in
            (["type": kind.name], activity.histogram(kind.rate, part + kind.name, bounds: bounds, delay: Delay(median: kind.median, spread: 0.9)))
        })
}

private func s3(_ activity: Activity, _ page: inout PageWriter) {
    let kinds = [("GET", 6.0), ("PUT", 1.3), ("LIST", 0.2)]
    page.counter(
        "SeaweedFS_s3_request_total", "Counter of s3 requests.",
        ["uploads", "artifacts"].flatMap { bucket in
            kinds.flatMap { kind, rate in
                [("200", 0.996, 0.94), ("403", 0.003, 0.003), ("503", 0.001, 0.057)].map { code, calm, lost in
                    (["bucket": bucket, "code": code, "type": kind], activity.events(rate, bucket + kind, calm: calm, [.seaweedFSVolumeLost: lost]))
                }
            }
        })
    page.histogram(
        "SeaweedFS_s3_request_seconds", "Bucketed histogram of s3 request processing time.",
        kinds.map { kind, rate in
            (
                ["bucket": "uploads", "type": kind],
                activity.histogram(rate, "uploads" + kind, bounds: bounds, delay: Delay(median: 0.006, spread: 0.8))
            )
        })
}
