public import TSDB

/// The catalog of a data folder, for tools: read as it is, also while a server has it. Blocks.
///
/// What a server that has ended has left in the spill file is not seen before the next one has taken it in.
public final class CatalogReader: RecordsReading {
    private static let patience = 10.0
    private let file: CatalogFile
    private let files: any FileSystem
    private let folder: String

    /// Throws `CatalogError`, for instance if there is no catalog or if a later program has written it.
    public init(dataFolder: String, _ files: any FileSystem) throws {
        folder = CatalogFolder.path(in: dataFolder)
        self.files = files
        let path = CatalogFolder.file(folder)
        guard try files.kind(path) == .file else { throw CatalogError.refused(path: path, reason: "there is no catalog") }
        try CatalogForm.refuseLater(path, files)
        file = try CatalogFile(reading: path, patience: Self.patience)
    }

    /// Throws `CatalogError`.
    public func records(_ query: RecordQuery) throws -> RecordPage { try file.records(query) }

    /// Calls `body` with all records that a query finds, page by page, the newest first.
    public func forEach(_ query: RecordQuery, _ body: (KeptRecord) throws -> Void) throws {
        var query = query
        repeat {
            let page = try records(query)
            for record in page.records { try body(record) }
            query.after = page.next
        } while query.after != nil
    }

    /// Checks the whole chain; see `Catalog.verify`.
    public func verify(expected: ChainMark? = nil) throws(CatalogError) -> ChainVerification { try file.verify(expected: expected) }

    /// The newest record's place in the chain.
    public func mark() throws(CatalogError) -> ChainMark { try file.lastMark() }

    /// Copies the catalog as it is at one moment into another data folder, which has none. Throws `CatalogError` or `FileError`.
    public func copy(toDataFolder target: String) throws {
        let copy = CatalogFolder.path(in: target)
        try files.makeLastingFolder(copy)
        // First: what SQLite takes from it meanwhile is there twice then, and kept once.
        if try files.kind(CatalogFolder.spill(folder)) == .file {
            _ = try files.copy(CatalogFolder.spill(folder), to: CatalogFolder.spill(copy))
        }
        try file.copy(to: CatalogFolder.file(copy))
        try files.syncFolder(copy)
    }
}
