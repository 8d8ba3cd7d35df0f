import Chunks
public import Model
import Synchronization

/// A block on disk, open for reading: an index, segments of chunks, a description and perhaps tombstones.
///
/// Its files are mapped, never copied; opening costs the same for every size. What a query selected stays readable as long as its series set lives,
/// even if the block is removed meanwhile. Damage is thrown as `StorageError.damaged` and told to the owner, who may set the block aside.
public final class Block: SeriesSource, Sendable {
    public let path: String
    let index: IndexReader
    let segments: ChunkSegments
    let files: any FileSystem
    /// Whether queries are answered without what is damaged, or fail.
    private let leavesOutDamage: Bool
    private let report: @Sendable (StorageError) -> Void
    private let described: Mutex<Described>
    /// Held while tombstones are written.
    let deleting = Mutex<Void>(())

    /// What a deletion changes.
    struct Described: Sendable {
        var meta: BlockMeta
        /// As the file has them: in a block of a tier they may be of parts of windows.
        var asked: Tombstones
        /// In a block of a tier of whole windows.
        var tombstones: DeletedSeries
        /// The sizes of the two small files.
        var bytes: Int
    }

    /// Throws `StorageError` if a file is missing, cannot be read, or is not what it should be as far as that is seen without reading all of it.
    ///
    /// - Parameter leavingOutDamage: Queries are answered without what is damaged, and `report` hears of it; otherwise they throw.
    public static func open(
        path: String, files: any FileSystem, leavingOutDamage: Bool = false, report: @escaping @Sendable (StorageError) -> Void
    ) throws(StorageError) -> Block {
        let meta = try BlockMeta.read(path, files)
        let index = try IndexReader(FilePath.join(path, BlockFormat.index), files)
        let segments = try ChunkSegments(FilePath.join(path, BlockFormat.chunks), files)
        let asked = try Tombstones.read(path, files)
        let tombstones = DeletedSeries(asked.widened(to: meta.fold?.tier))
        let described = Described(meta: meta, asked: asked, tombstones: tombstones, bytes: try smallFiles(path, files))
        return Block(path, index, segments, described, files, leavingOutDamage, report)
    }

    private init(
        _ path: String, _ index: IndexReader, _ segments: ChunkSegments, _ described: Described, _ files: any FileSystem,
        _ leavesOutDamage: Bool, _ report: @escaping @Sendable (StorageError) -> Void
    ) {
        self.path = path
        self.index = index
        self.segments = segments
        self.described = Mutex(described)
        self.files = files
        self.leavesOutDamage = leavesOutDamage
        self.report = report
    }

    static func smallFiles(_ path: String, _ files: any FileSystem) throws(StorageError) -> Int {
        do {
            var sum: Int64 = 0
            for name in [BlockMeta.fileName, BlockFormat.tombstones] { sum += try files.bytes(below: FilePath.join(path, name)) }
            return Int(sum)
        } catch {
            throw .file(error)
        }
    }

    public var meta: BlockMeta { described.withLock { $0.meta } }
    public var tombstones: Tombstones { deleted.tombstones }
    /// In a block of a tier, where windows are gone because a part of them was deleted.
    var holes: [TimeRange] {
        let (meta, asked) = described.withLock { ($0.meta, $0.asked) }
        return meta.fold.map { asked.holes($0.tier) } ?? []
    }
    /// The size of all its files.
    public var bytes: Int { index.file.bytes.count + segments.byteCount + described.withLock { $0.bytes } }

    var describedTombstones: Tombstones { described.withLock { $0.asked } }

    /// As they are now; whoever reads keeps them for as long as the reading lasts.
    var deleted: DeletedSeries { described.withLock { $0.tombstones } }

    /// Shows new tombstones, or a new description, to those who come later.
    func describe(_ change: (inout Described) -> Void) { described.withLock { change(&$0) } }

    /// Tells the owner of damage.
    func telling<R>(_ read: () throws(StorageError) -> R) throws(StorageError) -> R {
        do {
            return try read()
        } catch {
            if case .damaged = error { report(error) }
            throw error
        }
    }

    /// Reads an answer; nil if damage is met that is to be left out. The owner is told in any case.
    @discardableResult
    func answering<R>(_ read: () throws(StorageError) -> R) throws(StorageError) -> R? {
        try telling { () throws(StorageError) in try unlessDamaged(read) }
    }

    /// Reads a part of an answer, in the same way; damage that is not to be left out goes on to `answering`.
    @inline(__always) @discardableResult
    func unlessDamaged<R>(_ read: () throws(StorageError) -> R) throws(StorageError) -> R? {
        do {
            return try read()
        } catch {
            guard leavesOutDamage, case .damaged = error else { throw error }
            report(error)
            return nil
        }
    }
}

/// The tombstones at one time, with what follows from them.
final class DeletedSeries: Sendable {
    let tombstones: Tombstones
    private let gone = Mutex<[UInt32]?>(nil)

    init(_ tombstones: Tombstones) { self.tombstones = tombstones }

    func ranges(_ number: UInt32) -> [TimeRange] { tombstones.ranges(UInt64(number)) }

    /// The series of which nothing is left, ascending; `find` is asked once.
    func gone(_ find: (UInt32, [TimeRange]) throws(StorageError) -> Bool) throws(StorageError) -> [UInt32] {
        try gone.withLock { (known) throws(StorageError) in
            if let known { return known }
            var found: [UInt32] = []
            for (reference, ranges) in tombstones.series {
                if let number = UInt32(exactly: reference), try find(number, ranges) { found.append(number) }
            }
            found.sort()
            known = found
            return found
        }
    }
}
