import GRDB

extension CatalogFile {
    /// Deliveries that a server may begin behind the moment of a copy, before the copy is put in its place.
    private static let skipped: Int64 = 1_000_000

    /// Copies what is there at one moment to a new file, whoever writes meanwhile.
    func copy(to target: String) throws(CatalogError) {
        do {
            let copy = try DatabaseQueue(path: target)
            try pool.backup(to: copy)
            try copy.close()
        } catch {
            throw Self.told(error, target)
        }
        let copy = try CatalogFile(target, patience: 1)
        // A delivery's ID must never be given out twice: receivers would take the second for the first.
        try copy.skipDeliveries(Self.skipped)
        try copy.close()
    }
}
