import Model

/// What the operating system says of this process; nil where it does not say.
public struct ProcessReport: Sendable {
    /// User and system time, seconds.
    public var cpuSeconds: Double?
    public var residentBytes: Double?
    public var virtualBytes: Double?
    public var openFiles: Double?
    public var maxFiles: Double?
    /// Seconds since 1970.
    public var startTime: Double?

    public init() {}

    /// Reads `/proc/self` (proc(5)).
    ///
    /// - Parameters:
    ///   - stat: `/proc/self/stat`.
    ///   - bootTime: the `btime` of `/proc/stat`, seconds since 1970.
    ///   - ticksPerSecond: `sysconf(_SC_CLK_TCK)`.
    public init(stat: String, bootTime: Double?, ticksPerSecond: Double, pageSize: Double, openFiles: Int?, maxFiles: Int?) {
        // The second field is the program's name in brackets, which may hold anything.
        let fields = stat.split(separator: ")").last?.split(separator: " ").map { Double($0) } ?? []
        func field(_ number: Int) -> Double? { fields.indices.contains(number - 3) ? fields[number - 3] : nil }
        if let user = field(14), let system = field(15) { cpuSeconds = (user + system) / ticksPerSecond }
        virtualBytes = field(23)
        residentBytes = field(24).map { $0 * pageSize }
        if let started = field(22), let bootTime { startTime = bootTime + started / ticksPerSecond }
        self.openFiles = openFiles.map(Double.init)
        self.maxFiles = maxFiles.map(Double.init)
    }
}

extension MetricsRegistry {
    /// Adds the `process_*` metrics, under the names that all Prometheus clients use. `read` is called once a metric.
    public func addProcess(_ read: @escaping @Sendable () -> ProcessReport) {
        func add(_ name: String, _ type: MetricType, _ help: String, _ value: @escaping @Sendable (ProcessReport) -> Double?) {
            callback(name, type, help: help) { value(read()).map { [MetricPoint($0)] } ?? [] }
        }
        add("process_cpu_seconds_total", .counter, "User and system CPU time spent, in seconds.") { $0.cpuSeconds }
        add("process_resident_memory_bytes", .gauge, "Resident memory, in bytes.") { $0.residentBytes }
        add("process_virtual_memory_bytes", .gauge, "Virtual memory, in bytes.") { $0.virtualBytes }
        add("process_open_fds", .gauge, "Open file descriptors.") { $0.openFiles }
        add("process_max_fds", .gauge, "The most file descriptors that may be open.") { $0.maxFiles }
        add("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.") { $0.startTime }
    }
}
