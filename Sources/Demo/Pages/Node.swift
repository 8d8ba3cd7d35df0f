/// A machine with eight cores, two disks and a network card, under the names and help texts of node_exporter.
///
/// The machine runs for weeks, so its sums go in coarser cells than those of the services.
func nodePage(_ scene: Scene) -> String {
    let activity = Activity("node", scene, cycle: 1_000_000, cell: 600)
    var page = PageWriter()
    processors(activity, &page)
    disks(activity, &page)
    filesystems(activity, &page)
    memory(activity, &page)
    network(activity, &page)
    netstat(activity, &page)
    kernel(activity, &page)
    collectors(activity, &page)
    page.process(activity, memory: 2.1e7, files: 9)
    return page.text
}

private func processors(_ activity: Activity, _ page: inout PageWriter) {
    let modes: [(name: String, rate: Double)] = [
        ("iowait", 0.03), ("irq", 0), ("nice", 0.001), ("softirq", 0.012), ("steal", 0.004), ("system", 0.11), ("user", 0.52),
    ]
    var points: [PageWriter.Point] = []
    for core in 0..<8 {
        var spent = modes.map { activity.amount($0.rate, "cpu\(core)") }
        spent[spent.count - 1] += overload(activity, core, modes.reduce(0) { $0 + $1.rate })
        points.append((["cpu": "\(core)", "mode": "idle"], activity.uptime - spent.reduce(0, +)))
        for (mode, seconds) in zip(modes, spent) { points.append((["cpu": "\(core)", "mode": mode.name], seconds)) }
    }
    page.counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.", points)
    page.gauge("node_load1", "1m load average.", activity.follow("load1", 0.2, 6, [.cpuBusy: 4]))
    page.gauge("node_load5", "5m load average.", activity.follow("load5", 0.2, 5.6, [.cpuBusy: 3]))
    page.gauge("node_load15", "15m load average.", activity.follow("load15", 0.2, 5.2, [.cpuBusy: 2]))
    for (name, part, rate) in [
        ("cpu_waiting", "waited for CPU time", 0.05), ("io_waiting", "waited due to IO congestion", 0.02),
        ("memory_waiting", "waited for memory", 0.001),
    ] {
        page.counter("node_pressure_\(name)_seconds_total", "Total time in seconds that processes have \(part)", activity.amount(rate, name))
    }
}

/// What a core does more while every core is busy, so that 2 % of its time are left.
private func overload(_ activity: Activity, _ core: Int, _ rate: Double) -> Double {
    let busy = activity.incidents.filter { $0.drill == .cpuBusy }
    let seconds = busy.reduce(0) { $0 + max(0, min(activity.now, $1.end) - max(activity.start, $1.start)) }
    return 0.98 * seconds - rate * activity.work("cpu\(core)")[.cpuBusy]
}

private func disks(_ activity: Activity, _ page: inout PageWriter) {
    let devices = [("nvme0n1", 1.0), ("nvme1n1", 3.2)]
    func family(_ name: String, _ help: String, _ rate: Double) {
        page.counter(name, help, devices.map { device, share in (["device": device], activity.amount(rate * share, device + name)) })
    }
    func count(_ name: String, _ help: String, _ rate: Double) {
        page.counter(name, help, devices.map { device, share in (["device": device], activity.events(rate * share, device + name)) })
    }
    count("node_disk_read_bytes_total", "The total number of bytes read successfully.", 1.9e6)
    count("node_disk_written_bytes_total", "The total number of bytes written successfully.", 4.4e6)
    count("node_disk_reads_completed_total", "The total number of reads completed successfully.", 41)
    count("node_disk_writes_completed_total", "The total number of writes completed successfully.", 96)
    count("node_disk_reads_merged_total", "The total number of reads merged.", 1.5)
    count("node_disk_writes_merged_total", "The number of writes merged.", 33)
    count("node_disk_flush_requests_total", "The total number of flush requests completed successfully", 5)
    family("node_disk_read_time_seconds_total", "The total number of seconds spent by all reads.", 0.02)
    family("node_disk_write_time_seconds_total", "This is the total number of seconds spent by all writes.", 0.11)
    family("node_disk_io_time_seconds_total", "Total seconds spent doing I/Os.", 0.07)
    family("node_disk_io_time_weighted_seconds_total", "The weighted # of seconds spent doing I/Os.", 0.13)
    page.gauge(
        "node_disk_io_now", "The number of I/Os currently in progress.",
        devices.map { device, _ in (["device": device], activity.follow("io" + device, 0, 2, [.diskFilling: 5]).rounded()) })
}

private func filesystems(_ activity: Activity, _ page: inout PageWriter) {
    let written = activity.elapsed(.diskFilling).map { min(1, $0 / 300) } ?? 0
    let data = activity.wander("data", 0.55, 0.72, period: 900_000)
    let mounts: [(labels: KeyValuePairs<String, String>, size: Double, used: Double)] = [
        (["device": "/dev/nvme0n1p1", "fstype": "vfat", "mountpoint": "/boot/efi"], 5.36e8, 0.02),
        (["device": "/dev/nvme0n1p2", "fstype": "ext4", "mountpoint": "/"], 1.05e11, activity.wander("root", 0.41, 0.46, period: 90_000)),
        (["device": "/dev/nvme1n1", "fstype": "xfs", "mountpoint": "/data"], 1.0e12, data + (0.94 - data) * written),
    ]
    func family(_ name: String, _ help: String, _ value: (Double, Double) -> Double) {
        page.gauge("node_filesystem_" + name, help, mounts.map { ($0.labels, value($0.size, $0.used).rounded()) })
    }
    family("size_bytes", "Filesystem size in bytes.") { size, _ in size }
    family("free_bytes", "Filesystem free space in bytes.") { size, used in size * (1 - used) }
    family("avail_bytes", "Filesystem space available to non-root users in bytes.") { size, used in size * (0.95 - used) }
    family("files", "Filesystem total file nodes.") { size, _ in size / 16_384 }
    family("files_free", "Filesystem total free file nodes.") { size, used in size / 16_384 * (1 - used / 4) }
    family("readonly", "Filesystem read-only status.") { _, _ in 0 }
    family("device_error", "Whether an error occurred while getting statistics for the given device.") { _, _ in 0 }
}

private func memory(_ activity: Activity, _ page: inout PageWriter) {
    let total = 3.3e10
    let programs = activity.plays(.memoryShort) ? total - 1.2e9 : activity.follow("programs", 6e9, 1.5e10)
    let cache = min(total - programs - 4e8, activity.wander("cache", 9e9, 1.4e10, period: 7200))
    let fields: [(String, Double)] = [
        ("MemTotal", total), ("MemFree", total - programs - cache), ("MemAvailable", total - programs - cache * 0.1), ("Buffers", 4.1e8),
        ("Cached", cache), ("SwapCached", 0), ("Active", programs * 0.8), ("Inactive", cache * 0.8), ("Active_anon", programs * 0.7),
        ("Inactive_anon", programs * 0.2), ("Active_file", cache * 0.3), ("Inactive_file", cache * 0.6), ("Unevictable", 3.1e7),
        ("Mlocked", 3.1e7), ("SwapTotal", 4.3e9), ("SwapFree", 4.3e9), ("Dirty", activity.follow("dirty", 1e6, 9e7)), ("Writeback", 0),
        ("AnonPages", programs * 0.9), ("Mapped", 1.2e9), ("Shmem", 2.6e8), ("KReclaimable", 9e8), ("Slab", 1.3e9), ("SReclaimable", 9e8),
        ("SUnreclaim", 4e8), ("KernelStack", 2.2e7), ("PageTables", 8.8e7), ("NFS_Unstable", 0), ("Bounce", 0), ("WritebackTmp", 0),
        ("CommitLimit", 2.1e10), ("Committed_AS", programs * 1.3), ("VmallocTotal", 3.5184372087808e13), ("VmallocUsed", 6.4e7),
        ("VmallocChunk", 0), ("Percpu", 1.1e7), ("HardwareCorrupted", 0), ("AnonHugePages", 2.4e9), ("ShmemHugePages", 0),
        ("Hugepagesize", 2_097_152), ("DirectMap4k", 3.2e8), ("DirectMap2M", 1.9e10), ("DirectMap1G", 1.5e10),
    ]
    for (field, bytes) in fields {
        page.gauge("node_memory_\(field)_bytes", "Memory information field \(field)_bytes.", (bytes / 1024).rounded() * 1024)
    }
    for field in ["Total", "Free", "Rsvd", "Surp"] { page.gauge("node_memory_HugePages_\(field)", "Memory information field HugePages_\(field).", 0) }
}
