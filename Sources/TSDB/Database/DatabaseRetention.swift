import Model
import Synchronization

extension Database {
    /// What is kept: what the operator says; else everything in a folder that another program wrote, and the usual in our own.
    public var retention: Retention {
        retentionSetting.withLock { $0 } ?? (progress.withLock { $0.isAdopted } ? .everything : .usual)
    }

    /// A reload changes what is kept; nil: what is usual.
    public func setRetention(_ retention: Retention?) { retentionSetting.withLock { $0 = retention } }

    /// Removes blocks that are too old, or too many. Each is logged with its reason.
    func applyRetention(_ guarding: ClockGuard) {
        let retention = retention
        let limit = byteLimit(retention)
        let newest = [head.maxTime, blockSet.all.map { $0.meta.maxTime - 1 }.max()].compactMap { $0 }.max()
        let sizes = progress.withLock { $0.sizes }
        let plan = RetentionPlan.removals(
            blockSet.all.map { RetentionPlan.Candidate(meta: $0.meta, bytes: Int64($0.bytes)) }, keeping: retention.time,
            now: guarding.purgeTime(newestSample: newest), fixed: sizes.total - sizes.blocks, limit: limit)
        for removal in plan {
            guard let block = blockSet.all.first(where: { $0.meta.ulid == removal.ulid }) else { continue }
            blockSet.replace([removal.ulid], with: [])
            remove(removal.ulid)
            noteRemoval(block, removal.cause, retention, limit)
        }
        progress.withLock { status in
            status.retention = retention
            status.byteLimit = limit
        }
    }

    /// The smaller of the limit in bytes and that in hundredths of the disk.
    private func byteLimit(_ retention: Retention) -> Int64? {
        var limits = [retention.bytes].compactMap { $0 }.filter { $0 > 0 }
        if let percentage = retention.percentage, percentage > 0, let space = try? files.space(path) {
            limits.append(Int64(Double(space.total) * percentage / 100))
        }
        return limits.min()
    }

    private func noteRemoval(_ block: Block, _ cause: RetentionPlan.Cause, _ retention: Retention, _ limit: Int64?) {
        let why =
            switch cause {
            case .time: "older than \(retention.time ?? 0) ms"
            case .size: "more than \(limit ?? 0) bytes in all"
            }
        report(StorageEvent(.info, "block removed by retention", described(block.meta) + [("bytes", "\(block.bytes)"), ("reason", why)]))
        progress.withLock { status in
            switch cause {
            case .time: status.counts.timeRetentions += 1
            case .size: status.counts.sizeRetentions += 1
            }
        }
    }
}
