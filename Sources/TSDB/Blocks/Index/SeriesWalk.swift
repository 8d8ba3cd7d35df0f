/// Goes from one series of an index to the next as they lie in the file, whatever the postings say.
struct SeriesWalk {
    private let index: IndexReader
    private var offset: Int

    init(_ index: IndexReader) {
        self.index = index
        offset = Self.aligned(index.contents.series)
    }

    private static func aligned(_ offset: Int) -> Int {
        let alignment = BlockFormat.seriesAlignment
        return (offset + alignment - 1) / alignment * alignment
    }

    /// The number of the next series; nil at the end. Throws once for bytes that are no series, and goes on with the next one that can be read.
    mutating func next() throws(StorageError) -> UInt32? {
        var damage: StorageError?
        while offset < index.contents.seriesEnd {
            let number = UInt32(truncatingIfNeeded: offset / BlockFormat.seriesAlignment)
            switch Result(catching: { () throws(StorageError) in try index.seriesBody(number) }) {
            case .success(let body):
                // The next call comes back to it.
                if let damage { throw damage }
                offset = Self.aligned(index.file.offset(of: body) + body.count + 4)
                return number
            case .failure(let error):
                damage = damage ?? error
                offset += BlockFormat.seriesAlignment
            }
        }
        if let damage { throw damage }
        return nil
    }
}
