/// Where the control groups of this process say what it may use; see cgroups(7), either version.
enum ControlGroups {
    /// The folders of the process's groups and of those around them that may have a say about `controller`. Within a container the path that the
    /// process sees need not be there; the root is.
    ///
    /// - Parameter read: the text of a file, nil if it cannot be read.
    static func folders(_ controller: String, _ read: (_ path: String) -> String?) -> [String] {
        var folders = ["/sys/fs/cgroup", "/sys/fs/cgroup/\(controller)"]
        for group in read("/proc/self/cgroup")?.split(separator: "\n") ?? [] {
            let fields = group.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isOld = fields[1].split(separator: ",").contains { $0 == controller }
            guard isOld || fields[1].isEmpty else { continue }
            var folder = isOld ? "/sys/fs/cgroup/\(controller)" : "/sys/fs/cgroup"
            for name in fields[2].split(separator: "/") {
                folder += "/" + name
                folders.append(folder)
            }
        }
        return folders
    }
}
