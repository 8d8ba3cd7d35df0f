/// Writes a page of the text exposition format 0.0.4: per metric one HELP, one TYPE, and all its series together.
struct PageWriter {
    private(set) var text = ""

    /// Labels in the order they are written, and a value.
    typealias Point = (labels: KeyValuePairs<String, String>, value: Double)

    mutating func counter(_ name: String, _ help: String, _ points: [Point]) { family(name, "counter", help, points) }
    mutating func counter(_ name: String, _ help: String, _ labels: KeyValuePairs<String, String>, _ value: Double) {
        family(name, "counter", help, [(labels, value)])
    }
    mutating func counter(_ name: String, _ help: String, _ value: Double) { family(name, "counter", help, [([:], value)]) }
    mutating func gauge(_ name: String, _ help: String, _ points: [Point]) { family(name, "gauge", help, points) }
    mutating func gauge(_ name: String, _ help: String, _ labels: KeyValuePairs<String, String>, _ value: Double) {
        family(name, "gauge", help, [(labels, value)])
    }
    mutating func gauge(_ name: String, _ help: String, _ value: Double) { family(name, "gauge", help, [([:], value)]) }
    mutating func untyped(_ name: String, _ help: String, _ value: Double) { family(name, "untyped", help, [([:], value)]) }

    /// One classic histogram a label set; `le` is added to each bucket.
    mutating func histogram(_ name: String, _ help: String, _ series: [(labels: KeyValuePairs<String, String>, histogram: Histogram)]) {
        head(name, "histogram", help)
        let bucket = name + "_bucket"
        for (labels, histogram) in series {
            for (bound, count) in histogram.buckets { line(bucket, labels, le: PageWriter.number(bound), count) }
            line(bucket, labels, le: "+Inf", histogram.count)
            line(name + "_sum", labels, histogram.sum)
            line(name + "_count", labels, histogram.count)
        }
    }

    /// What every process says of itself, as the Prometheus client libraries do.
    mutating func process(_ activity: Activity, memory: Double, files: Double = 40) {
        counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", activity.amount(0.35, "process_cpu") + 1)
        gauge("process_open_fds", "Number of open file descriptors.", activity.follow("process_fds", files, files * 3).rounded())
        gauge("process_max_fds", "Maximum number of open file descriptors.", 1_048_576)
        let resident = activity.follow("process_memory", memory, memory * 1.6)
        gauge("process_resident_memory_bytes", "Resident memory size in bytes.", (resident / 4096).rounded() * 4096)
        gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.", activity.start)
    }

    /// What a service of the product says of its own build.
    mutating func build(_ activity: Activity) {
        let version = "1.\(20 + activity.version).0"
        let revision = String(Noise.stream("revision \(version)") >> 36, radix: 16)
        gauge("build_info", "Always 1; the version that runs.", ["revision": revision, "version": version], 1)
    }

    private mutating func family(_ name: String, _ type: String, _ help: String, _ points: [Point]) {
        head(name, type, help)
        for point in points { line(name, point.labels, point.value) }
    }

    private mutating func head(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(PageWriter.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, _ labels: KeyValuePairs<String, String>, le: String? = nil, _ value: Double) {
        text += name
        var separator = "{"
        for (label, value) in labels { put(label, PageWriter.escaped(value, quotes: true), &separator) }
        if let le { put("le", le, &separator) }
        if separator == "," { text += "}" }
        text += " "
        text += PageWriter.number(value)
        text += "\n"
    }

    private mutating func put(_ label: String, _ value: String, _ separator: inout String) {
        text += separator
        text += label
        text += "=\""
        text += value
        text += "\""
        separator = ","
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == 10 || $0 == UInt8(ascii: "\"") }) else { return text }
        return text.reduce(into: "") { out, character in
            switch character {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\"" where quotes: out += "\\\""
            default: out.append(character)
            }
        }
    }

    /// Whole numbers without a point, the rest in the shortest form that reads back the same.
    private static func number(_ value: Double) -> String {
        if value.magnitude < 0x1p53, value == value.rounded() { return String(Int(value)) }
        return value.isFinite ? "\(value)" : value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf"
    }
}
