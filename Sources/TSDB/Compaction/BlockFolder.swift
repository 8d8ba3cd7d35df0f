/// Blocks as folders: how they go, and what interrupted work leaves behind.
enum BlockFolder {
    static let creationSuffix = ".tmp-for-creation"
    static let deletionSuffix = ".tmp-for-deletion"

    /// Removes a block. From the rename on it is gone, whatever happens to the rest of the work.
    static func remove(_ ulid: ULID, in folder: String, _ files: any FileSystem) throws(FileError) {
        let path = FilePath.join(folder, "\(ulid)")
        try files.rename(path, to: path + deletionSuffix)
        try files.syncFolder(folder)
        try files.removeAll(path + deletionSuffix)
    }

    /// Removes what was being built or removed when the program ended.
    static func cleanUp(_ folder: String, _ files: any FileSystem) throws(FileError) {
        for name in try files.list(folder) {
            if name.hasSuffix(creationSuffix) || name.hasSuffix(deletionSuffix) { try files.removeAll(FilePath.join(folder, name)) }
        }
    }
}
