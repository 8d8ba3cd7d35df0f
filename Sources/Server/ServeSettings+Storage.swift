import Catalog
import ConfigurationFile
import Model
import TSDB

/// What the command line and the configuration file say about storage, together.
extension ServeSettings {
    mutating func readStorage() throws(Invalid) {
        catalog.retention = try duration("records.retention.time", options.recordsRetention)
        if let limit = options.headMaxSamples { database.head.maxSamples = limit }
        database.head.budget = try budget()
        switch options.walSync {
        case "always": database.walSync = .always
        case "off": database.walSync = .off
        case let text: database.walSync = .interval(try duration("storage.tsdb.wal-sync", text))
        }
        if let all = options.walCompression { database.walCompression = all ? .everything : .none }
        if let text = options.walSegmentSize { database.walSegmentSize = try segmentSize(text) }
        database.reserve = try reserve(options.reserve)
        try readBlockDurations()
        if options.retentionTime != nil || options.retentionSize != nil {
            database.retention = Retention(
                time: try options.retentionTime.map { text throws(Invalid) in try retentionTime(text) },
                bytes: try options.retentionSize.map { text throws(Invalid) in try size("storage.tsdb.retention.size", text) })
        }
    }

    /// 0 is no limit. A series takes about 500 bytes, so that by default both limits are reached together.
    private func budget() throws(Invalid) -> SeriesBudget {
        var budget = SeriesBudget()
        if options.headMaxMemory != "0" {
            let bytes = try memory("storage.head.max-memory", options.headMaxMemory)
            // What the system does not say is no limit.
            budget.bytes = bytes == .max ? nil : bytes
        }
        budget.series = options.headMaxSeries ?? budget.bytes.map { $0 / 500 }
        if budget.series == 0 { budget.series = nil }
        return budget
    }

    private mutating func readBlockDurations() throws(Invalid) {
        database.minBlockDuration = try duration("storage.tsdb.min-block-duration", options.minBlockDuration)
        // A chunk lies within one block.
        database.head.chunkRange = database.minBlockDuration
        guard let text = options.maxBlockDuration else { return }
        database.maxBlockDuration = try duration("storage.tsdb.max-block-duration", text)
        guard database.maxBlockDuration >= database.minBlockDuration else {
            throw Invalid(flag: "storage.tsdb.max-block-duration", value: text, expected: "no less than --storage.tsdb.min-block-duration")
        }
    }

    /// 0 means no limit, as in Prometheus.
    private func retentionTime(_ text: String) throws(Invalid) -> Int64 {
        if PromDuration.parse(text) == 0 { return 0 }
        return try duration("storage.tsdb.retention.time", text)
    }

    private func size(_ flag: String, _ text: String) throws(Invalid) -> Int64 {
        guard let bytes = ByteSize.parse(text) else { throw Invalid(flag: flag, value: text, expected: "a size such as 512MB or 10GiB") }
        return bytes
    }

    /// The bounds are Prometheus's.
    private func segmentSize(_ text: String) throws(Invalid) -> Int {
        let bytes = try size("storage.tsdb.wal-segment-size", text)
        guard (10 << 20...256 << 20).contains(bytes) else {
            throw Invalid(flag: "storage.tsdb.wal-segment-size", value: text, expected: "a size from 10MB through 256MB")
        }
        return Int(bytes)
    }

    private func reserve(_ text: String) throws(Invalid) -> Reserve {
        if text.hasSuffix("%"), let percentage = Double(text.dropLast()), (0..<100).contains(percentage) { return .share(percentage / 100) }
        guard let bytes = ByteSize.parse(text) else {
            throw Invalid(flag: "storage.reserve", value: text, expected: "a size such as 512MB, or a share of the disk such as 2%")
        }
        return .bytes(bytes)
    }

    // MARK: The file's part

    func database(with file: StorageConfiguration) -> DatabaseOptions {
        var all = database
        all.head.outOfOrderWindow = file.outOfOrderWindow
        all.head.maxExemplars = exemplarLimit(with: file)
        all.staleSeriesThreshold = staleSeriesThreshold(with: file)
        all.retention = retention(with: file)
        all.tiers = tiers(with: file)
        return all
    }

    func staleSeriesThreshold(with file: StorageConfiguration) -> Double { file.staleSeriesThreshold ?? database.staleSeriesThreshold }

    /// 0: none are kept.
    func exemplarLimit(with file: StorageConfiguration) -> Int { keepsExemplars ? Int(clamping: file.maxExemplars) : 0 }

    /// What the file says goes before the flags, limit by limit, as in Prometheus. Nil: nobody says anything.
    func retention(with file: StorageConfiguration) -> Retention? {
        let said = file.retention
        guard said != StorageConfiguration.Retention() || database.retention != nil else { return nil }
        return Retention(
            time: said.time ?? database.retention?.time, bytes: said.size ?? database.retention?.bytes, percentage: said.percentage)
    }

    func tiers(with file: StorageConfiguration) -> TierPolicy { file.tiers.policy(raw: (retention(with: file) ?? .usual).time) }
}
