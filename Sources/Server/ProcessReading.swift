import Glibc
import Runtime
import TSDB

extension ProcessReport {
    /// What `/proc` says of this process now.
    static func current(_ files: RealFileSystem = RealFileSystem()) -> ProcessReport {
        let boot = (text("/proc/stat", files) ?? "").split(separator: "\n").first { $0.hasPrefix("btime ") }
        var limit = rlimit()
        let hasLimit = getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0
        return ProcessReport(
            stat: text("/proc/self/stat", files) ?? "", bootTime: boot.flatMap { Double($0.dropFirst("btime ".count)) },
            ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))), pageSize: Double(sysconf(Int32(_SC_PAGESIZE))),
            openFiles: try? files.list("/proc/self/fd").count, maxFiles: hasLimit ? Int(clamping: limit.rlim_cur) : nil)
    }

    /// What a file of the system's says, nil if it is not there. Such files say they are empty; they must be read until nothing more comes.
    static func text(_ path: String, _ files: RealFileSystem = RealFileSystem()) -> String? {
        guard let file = try? files.open(path, .read) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = bytes.withUnsafeMutableBytes { (try? file.read(into: $0, at: 0)) ?? 0 }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
