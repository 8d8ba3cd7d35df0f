import Runtime
import Testing

struct MachineMemoryTests {
    private static let machine = "MemTotal:        8388608 kB\nMemFree:          1000 kB\n"
    private static let gibibyte: Int64 = 1 << 30

    private static let machines: [(name: String, files: [String: String], bytes: Int64?)] = [
        ("nothing is known", [:], nil),
        ("a machine for itself", ["/proc/meminfo": machine, "/proc/self/cgroup": "0::/\n"], 8 * gibibyte),
        ("no limit set", ["/proc/meminfo": machine, "/proc/self/cgroup": "0::/a\n", "/sys/fs/cgroup/a/memory.max": "max\n"], 8 * gibibyte),
        (
            "a limit of its own", ["/proc/meminfo": machine, "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "1073741824\n"],
            gibibyte
        ),
        (
            "a limit of a group around it",
            [
                "/proc/meminfo": machine, "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/memory.max": "1073741824\n",
                "/sys/fs/cgroup/a/b/memory.max": "2147483648\n",
            ], gibibyte
        ),
        ("a container's root", ["/proc/meminfo": machine, "/proc/self/cgroup": "0::/../x\n", "/sys/fs/cgroup/memory.max": "1073741824"], gibibyte),
        (
            "the older groups",
            [
                "/proc/meminfo": machine, "/proc/self/cgroup": "5:cpu,cpuacct:/c\n4:memory:/a\n",
                "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1073741824\n",
            ], gibibyte
        ),
        (
            "a limit beyond the machine",
            [
                "/proc/meminfo": machine, "/proc/self/cgroup": "4:memory:/\n", "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            ], 8 * gibibyte
        ),
    ]

    @Test("the smallest of what the system says counts", arguments: machines)
    func bytes(name: String, files: [String: String], bytes: Int64?) {
        #expect(MachineMemory.bytes { files[$0] } == bytes)
    }
}
