import Runtime
import Testing

struct MachineCoresTests {
    @Test(
        "cores are those of the machine, or what a control group leaves of them",
        arguments: [
            ([:], 8),
            (["/sys/fs/cgroup/cpu.max": "max 100000\n"], 8),
            (["/sys/fs/cgroup/cpu.max": "200000 100000\n"], 2),
            (["/sys/fs/cgroup/cpu.max": "50000 100000\n"], 1),
            (["/sys/fs/cgroup/cpu.max": "250000 100000\n"], 3),
            (["/sys/fs/cgroup/cpu.max": "1600000 100000\n"], 8),
            (["/sys/fs/cgroup/cpu.max": "nonsense"], 8),
            (["/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/cpu.max": "400000 100000\n", "/sys/fs/cgroup/a/b/cpu.max": "max 100000\n"], 4),
            (["/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"], 8),
            (["/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "300000\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"], 3),
            (
                [
                    "/proc/self/cgroup": "4:cpu,cpuacct:/x\n", "/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "100000",
                    "/sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000",
                ], 1
            ),
        ] as [([String: String], Int)])
    func count(_ files: [String: String], _ cores: Int) {
        #expect(MachineCores.count(online: 8) { files[$0] } == cores)
    }
}
