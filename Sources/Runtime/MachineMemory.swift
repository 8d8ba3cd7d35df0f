/// How much memory this process may use.
public enum MachineMemory {
    /// Bytes: the machine's memory, or less where a control group of the process says so; nil if the system says nothing.
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

    private static func limits(_ read: (String) -> String?) -> [Int64?] {
        ControlGroups.folders("memory", read).flatMap { folder in
            ["memory.max", "memory.limit_in_bytes"].map { name in read("\(folder)/\(name)").flatMap { text in Int64(text.prefix { $0.isNumber }) } }
        }
    }
}
