import Model
import StrictYAML

/// The `storage` block: what can change while the server runs.
public struct StorageConfiguration: Sendable, Equatable {
    /// How old a sample may be that does not come in order, in milliseconds; 0: none is taken. Prometheus's default is 0.
    public var outOfOrderWindow: Int64 = 10 * 60_000
    /// The share of stale series, 0…1, from which on they leave memory before their time; 0: never; nil: as the database likes.
    public var staleSeriesThreshold: Double?
    public var retention = Retention()
    public var tiers = TiersConfiguration()
    /// Exemplars kept in memory; 0: none.
    public var maxExemplars: Int64 = 100_000

    /// What is kept; a limit that is nil is left to the command line, one that is 0 does not exist.
    public struct Retention: Sendable, Equatable {
        /// In milliseconds.
        public var time: Int64?
        /// In bytes.
        public var size: Int64?
        /// In hundredths of the disk.
        public var percentage: Double?

        public init(time: Int64? = nil, size: Int64? = nil, percentage: Double? = nil) {
            self.time = time
            self.size = size
            self.percentage = percentage
        }
    }

    public init() {}
}

extension StorageConfiguration {
    private enum Encoding: String, CaseIterable { case xor, xor2 }

    init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: ["tsdb", "tiers", "exemplars"])
        if let tsdb = map.given("tsdb") { try read(tsdb) }
        if let value = map.given("tiers") { tiers = try TiersConfiguration(value, raw: &retention.time) }
        if let exemplars = map.given("exemplars") {
            let given = try exemplars.mapping(keys: ["max_exemplars"]).integer("max_exemplars", in: Int64.min...Int64.max)
            maxExemplars = max(0, given ?? maxExemplars)
        }
    }

    private mutating func read(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: ["out_of_order_time_window", "stale_series_compaction_threshold", "chunk_encoding", "retention"])
        outOfOrderWindow = try map.duration("out_of_order_time_window") ?? outOfOrderWindow
        if let share = try map.number("stale_series_compaction_threshold") {
            guard (0...1).contains(share) else { throw map.error(at: "stale_series_compaction_threshold", "the threshold must be from 0 to 1") }
            staleSeriesThreshold = share
        }
        if let floats = try map.given("chunk_encoding")?.mapping(keys: ["floats"]).given("floats"), try floats.choice(Encoding.self) == .xor2 {
            floats.warn("chunks are written as xor, which every reader knows; those written as xor2 are read")
        }
        if let value = map.given("retention") { retention = try Retention(value) }
    }
}

extension StorageConfiguration.Retention {
    fileprivate init(_ value: YAMLValue) throws(YAMLError) {
        let map = try value.mapping(keys: ["time", "size", "percentage"])
        time = try map.duration("time")
        size = try map.byteSize("size")
        percentage = try map.number("percentage")
        if let percentage, !(0...100).contains(percentage) { throw map.error(at: "percentage", "the percentage must be from 0 to 100") }
    }
}

extension StorageConfiguration {
    /// As it stands in a configuration file, defaults filled in.
    var output: YAMLOutput {
        var tsdb = MappingOutput()
        tsdb.duration("out_of_order_time_window", outOfOrderWindow)
        if let staleSeriesThreshold { tsdb.add("stale_series_compaction_threshold", .word(FloatFormat.general(staleSeriesThreshold))) }
        var kept = MappingOutput()
        if let time = retention.time { kept.duration("time", time) }
        if let size = retention.size { kept.size("size", size) }
        if let percentage = retention.percentage { kept.add("percentage", .word(FloatFormat.general(percentage))) }
        if !kept.entries.isEmpty { tsdb.add("retention", kept.output) }
        let exemplars = YAMLOutput.mapping([("max_exemplars", .integer(maxExemplars))])
        return .mapping([("tsdb", tsdb.output), ("tiers", tiers.output), ("exemplars", exemplars)])
    }
}
