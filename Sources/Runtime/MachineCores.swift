/// How many threads of this process can run at once.
public enum MachineCores {
    /// The machine's cores, or fewer where a control group of the process gives it less time than they have; at least 1.
    ///
    /// - Parameters:
    ///   - online: what the machine has.
    ///   - read: the text of a file, nil if it cannot be read.
    public static func count(online: Int, _ read: (_ path: String) -> String?) -> Int {
        var cores = Double(online)
        for folder in ControlGroups.folders("cpu", read) {
            if let share = share(read("\(folder)/cpu.max")) { cores = min(cores, share) }
            if let share = share(read("\(folder)/cpu.cfs_quota_us"), of: read("\(folder)/cpu.cfs_period_us")) { cores = min(cores, share) }
        }
        // A part of a core is worth a thread.
        return max(1, Int(cores.rounded(.up)))
    }

    /// Cores, from time of use and length of a period, both in microseconds, in one text or two; nil if there is no limit.
    private static func share(_ quota: String?, of period: String? = nil) -> Double? {
        let fields = "\(quota ?? "") \(period ?? "")".split { $0 == " " || $0 == "\n" }
        guard fields.count == 2, let used = Double(fields[0]), let length = Double(fields[1]), used > 0, length > 0 else { return nil }
        return used / length
    }
}
