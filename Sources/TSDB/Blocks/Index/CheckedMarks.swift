/// Places in a table of a mapped file that was walked once, each with a checksum of what lies up to the next: the file's own checksum is over the
/// whole table, too much to look at again before every use, and a page may go bad after the walk.
struct CheckedMarks {
    private let table: UnsafeRawBufferPointer
    private var places: [UInt32] = []
    private var checksums: [UInt32] = []

    init(_ table: UnsafeRawBufferPointer) { self.table = table }

    var count: Int { places.count }

    /// A part begins here, and the one before ends.
    mutating func begin(at place: Int) {
        closeLast(at: place)
        places.append(UInt32(truncatingIfNeeded: place))
    }

    /// The last part ends with the table.
    mutating func end() { closeLast(at: table.count) }

    private mutating func closeLast(at place: Int) {
        if let last = places.last { checksums.append(checksum(UnsafeRawBufferPointer(rebasing: table[Int(last)..<place]))) }
    }

    /// Where a part begins; nil if it is not what it was.
    func place(_ index: Int) -> Int? {
        let start = Int(places[index])
        let end = index + 1 < places.count ? Int(places[index + 1]) : table.count
        guard checksum(UnsafeRawBufferPointer(rebasing: table[start..<end])) == checksums[index] else { return nil }
        return start
    }
}
