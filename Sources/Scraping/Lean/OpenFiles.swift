import Glibc

/// How many files and sockets this process may have open.
public enum OpenFiles {
    /// Raises the number to the highest that the system allows this process (`RLIMIT_NOFILE`, from its soft to its hard limit): every target has a
    /// connection. Returns what holds from then on, nil if the system says nothing.
    @discardableResult
    public static func raiseLimit() -> UInt64? {
        let files = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return nil }
        guard limit.rlim_cur < limit.rlim_max else { return UInt64(limit.rlim_cur) }
        let old = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        return UInt64(setrlimit(files, &limit) == 0 ? limit.rlim_max : old)
    }
}
