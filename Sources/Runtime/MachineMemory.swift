/// How much memory this process may use.
public enum MachineMemory {
    /// Bytes: the machine's memory, or less where a control group of the process (cgroups(7), either version) says so; nil if the system says nothing.
    ///
    /// - Parameter read: the text of a file, nil if it cannot be read.
    public static func bytes(_ read: (_ path: String) -> String?) -> Int64? {
        ([machine(read)] + limits(read)).compactMap { $0 }.min()
    }

    private static func machine(_ read: (String) -> String?) -> Int64? {
        let line = read("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int64($0) }
        return kilobytes.map { $0 << 10 }
    }

    /// Of the process's groups and of those around them. Within a container the path that the process sees need not be there; the root is.
    private static func limits(_ read: (String) -> String?) -> [Int64?] {
        let groups = read("/proc/self/cgroup")?.split(separator: "\n") ?? []
        var paths = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        for group in groups {
            let fields = group.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isOld = fields[1].split(separator: ",").contains("memory")
            guard isOld || fields[1].isEmpty else { continue }
            var folder = isOld ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup"
            for name in fields[2].split(separator: "/") {
                folder += "/" + name
                paths.append(folder + (isOld ? "/memory.limit_in_bytes" : "/memory.max"))
            }
        }
        return paths.map { path in read(path).flatMap { text in Int64(text.prefix { $0.isNumber }) } }
    }
}
