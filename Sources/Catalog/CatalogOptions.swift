public import Model

/// Settings of the catalog.
public struct CatalogOptions: Sendable {
    /// How long records are kept, milliseconds.
    public var retention: Int64 = 365 * 86_400_000
    /// Records that may wait in memory.
    public var queueLimit = 50_000
    /// Bytes that the spill file may have.
    public var spillLimit = 64 << 20
    /// Seconds to wait for somebody else's lock before SQLite counts as refusing.
    public var patience = 1.0
    /// How many records one transaction purges at most.
    public var purgeSlice = 2000
    /// A number that no run of the program has had.
    public var run: UInt64 = .random(in: .min ... .max)

    public init() {}
}

/// Where the catalog lies in a data folder. Prometheus looks at no folder of that name.
public enum CatalogFolder {
    public static func path(in dataFolder: String) -> String { dataFolder + "/catalog" }

    static func file(_ folder: String) -> String { folder + "/catalog.sqlite" }
    static func lock(_ folder: String) -> String { folder + "/lock" }
    static func spill(_ folder: String) -> String { folder + "/spill" }
}
