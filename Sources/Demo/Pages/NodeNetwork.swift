private let devices: [(name: String, share: Double)] = [("docker0", 0.3), ("eth0", 1), ("lo", 0.6)]

/// The network part of the machine: its interfaces.
func network(_ activity: Activity, _ page: inout PageWriter) {
    let flows: [(name: String, rate: Double)] = [
        ("receive_bytes", 5.2e6), ("receive_packets", 5400), ("receive_errs", 0), ("receive_drop", 0.02), ("receive_fifo", 0), ("receive_frame", 0),
        ("receive_compressed", 0), ("receive_multicast", 0.4), ("receive_nohandler", 0), ("transmit_bytes", 8.8e6), ("transmit_packets", 6100),
        ("transmit_errs", 0), ("transmit_drop", 0), ("transmit_fifo", 0), ("transmit_colls", 0), ("transmit_carrier", 0), ("transmit_compressed", 0),
    ]
    for flow in flows {
        page.counter(
            "node_network_\(flow.name)_total", "Network device statistic \(flow.name).",
            devices.map { (["device": $0.name], activity.events(flow.rate * $0.share, flow.name + $0.name)) })
    }
    for (property, value) in [("mtu_bytes", 1500.0), ("carrier", 1), ("flags", 4099), ("iface_link_mode", 0), ("transmit_queue_length", 1000)] {
        page.gauge(
            "node_network_\(property)", "Network device property: \(property)", devices.map { (["device": $0.name], value) })
    }
    page.gauge("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.", devices.map { (["device": $0.name], $0.name == "lo" ? 0 : 1) })
    page.gauge(
        "node_network_info", "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
        devices.map { device in
            let state = device.name == "lo" ? "unknown" : "up"
            return (["broadcast": "ff:ff:ff:ff:ff:ff", "device": device.name, "duplex": "", "ifalias": "", "operstate": state], 1)
        })
}

/// What the machine's protocols count. The exporter gives these no type.
func netstat(_ activity: Activity, _ page: inout PageWriter) {
    let counters: [(name: String, rate: Double)] = [
        ("Icmp_InErrors", 0.001), ("Icmp_InMsgs", 0.1), ("Icmp_OutMsgs", 0.1), ("IpExt_InOctets", 6.1e6), ("IpExt_OutOctets", 9.4e6),
        ("TcpExt_ListenDrops", 0), ("TcpExt_ListenOverflows", 0), ("TcpExt_SyncookiesFailed", 0), ("TcpExt_SyncookiesRecv", 0),
        ("TcpExt_SyncookiesSent", 0), ("TcpExt_TCPSynRetrans", 0.05), ("TcpExt_TCPTimeouts", 0.06), ("Tcp_ActiveOpens", 11), ("Tcp_InErrs", 0.001),
        ("Tcp_InSegs", 5100), ("Tcp_OutRsts", 0.8), ("Tcp_OutSegs", 6300), ("Tcp_PassiveOpens", 14), ("Tcp_RetransSegs", 1.9),
        ("Udp_InDatagrams", 48), ("Udp_InErrors", 0), ("Udp_NoPorts", 0.01), ("Udp_OutDatagrams", 47), ("Udp_RcvbufErrors", 0),
        ("Udp_SndbufErrors", 0),
    ]
    for counter in counters {
        let joined = counter.name.replacing("_", with: "")
        page.untyped("node_netstat_" + counter.name, "Statistic \(joined).", activity.events(counter.rate, counter.name))
    }
    page.untyped("node_netstat_Tcp_CurrEstab", "Statistic TcpCurrEstab.", activity.follow("established", 20, 640).rounded())
    for (name, high) in [("TCP_alloc", 700.0), ("TCP_inuse", 640), ("TCP_orphan", 3), ("TCP_tw", 410), ("UDP_inuse", 12), ("TCP_mem", 300)] {
        let parts = name.split(separator: "_")
        let help = "Number of \(parts[0]) sockets in state \(parts[1])."
        page.gauge("node_sockstat_" + name, help, activity.follow("socket" + name, 1, high).rounded())
    }
    page.gauge("node_sockstat_sockets_used", "Number of IPv4 sockets in use.", activity.follow("sockets", 120, 900).rounded())
    page.gauge(
        "node_nf_conntrack_entries", "Number of currently allocated flow entries for connection tracking.",
        activity.follow("flows", 60, 2100).rounded())
    page.gauge("node_nf_conntrack_entries_limit", "Maximum size of connection tracking table.", 262_144)
}
