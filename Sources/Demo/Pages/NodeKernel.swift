/// The machine's kernel: clocks, scheduling, paging, and who it is.
func kernel(_ activity: Activity, _ page: inout PageWriter) {
    page.gauge("node_boot_time_seconds", "Node boot time, in unixtime.", activity.start)
    page.gauge("node_time_seconds", "System time in seconds since epoch (1970).", activity.now)
    page.counter("node_context_switches_total", "Total number of context switches.", activity.events(21_000, "switches"))
    page.counter("node_intr_total", "Total number of interrupts serviced.", activity.events(12_000, "interrupts"))
    page.counter("node_forks_total", "Total number of forks.", activity.events(9, "forks"))
    page.gauge("node_procs_running", "Number of processes in runnable state.", activity.follow("running", 1, 9, [.cpuBusy: 6]).rounded())
    page.gauge(
        "node_procs_blocked", "Number of processes blocked waiting for I/O to complete.",
        activity.follow("blocked", 0, 1.4, [.diskFilling: 3]).rounded())
    page.gauge("node_filefd_allocated", "File descriptor statistics: allocated.", activity.follow("descriptors", 2100, 9000).rounded())
    page.gauge("node_filefd_maximum", "File descriptor statistics: maximum.", 0x1p63)
    page.gauge("node_entropy_available_bits", "Bits of available entropy.", 256)
    page.gauge("node_entropy_pool_size_bits", "Bits of entropy pool.", 256)
    for (field, rate) in [
        ("pgfault", 9100.0), ("pgmajfault", 0.3), ("pgpgin", 1900), ("pgpgout", 8100), ("pswpin", 0), ("pswpout", 0), ("oom_kill", 0),
    ] {
        page.untyped("node_vmstat_" + field, "/proc/vmstat information field \(field).", activity.events(rate, field))
    }
    page.gauge(
        "node_uname_info", "Labeled system information as provided by the uname system call.",
        [
            "domainname": "(none)", "machine": "x86_64", "nodename": "worker-1", "release": "6.12.48-amd64", "sysname": "Linux",
            "version": "#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1",
        ], 1)
    softnet(activity, &page)
}

private func softnet(_ activity: Activity, _ page: inout PageWriter) {
    for (name, help, rate) in [
        ("dropped", "Number of dropped packets", 0.0), ("processed", "Number of processed packets", 1400),
        ("times_squeezed", "Number of times processing packets ran out of quota", 0.05),
    ] {
        page.counter("node_softnet_\(name)_total", help, (0..<8).map { (["cpu": "\($0)"], activity.events(rate, name + "\($0)")) })
    }
}

/// What the exporter says of its own parts.
func collectors(_ activity: Activity, _ page: inout PageWriter) {
    let names = [
        "arp", "bonding", "conntrack", "cpu", "diskstats", "entropy", "filefd", "filesystem", "loadavg", "meminfo", "netclass", "netdev", "netstat",
        "pressure", "sockstat", "softnet", "stat", "time", "uname", "vmstat",
    ]
    page.gauge(
        "node_scrape_collector_duration_seconds", "node_exporter: Duration of a collector scrape.",
        names.map { (["collector": $0], activity.wander("collector" + $0, 0.0001, 0.004, period: 5)) })
    page.gauge(
        "node_scrape_collector_success", "node_exporter: Whether a collector succeeded.",
        names.map { (["collector": $0], $0 == "bonding" ? 0 : 1) })
}
