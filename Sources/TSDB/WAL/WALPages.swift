import CLinux

/// Takes one segment apart into fragments.
final class WALPages {
    enum Step {
        case fragment(type: UInt8, data: UnsafeRawBufferPointer)
        /// The segment ends here.
        case end
        /// The segment ends within a fragment, or only zeros follow where something should: the write of it was never finished.
        case torn
        case damaged(String)
    }

    /// As many as stay in a processor's cache until they are decoded.
    private static let pagesAtOnce = 4
    private let file: any File
    private let size: Int
    private let buffer: UnsafeMutableRawBufferPointer
    /// The part of the segment that is in the buffer.
    private var loaded = 0..<0
    /// Where the next fragment begins.
    private(set) var offset = 0
    /// Where the fragment that was damaged last ends, if its length is right.
    private var damagedEnd: Int?

    init(_ file: any File) throws(FileError) {
        self.file = file
        size = try file.size()
        buffer = .allocate(byteCount: Self.pagesAtOnce * WALFormat.pageSize, alignment: 8)
    }

    deinit { buffer.deallocate() }

    /// The next fragment, its data valid until the next call. `continuing`: the last one was not the end of its record.
    func next(continuing: Bool) -> Step {
        do {
            return try step(continuing)
        } catch {
            return .damaged(error.description)
        }
    }

    private func step(_ continuing: Bool) throws(FileError) -> Step {
        while true {
            guard offset < size else { return .end }
            let pageEnd = offset - offset % WALFormat.pageSize + WALFormat.pageSize
            let page = try bytes(offset, min(pageEnd, size))
            guard let type = page.first else { return .torn }
            if type == 0 {
                guard page.allSatisfy({ $0 == 0 }) else { return .damaged("a page's padding is not zero") }
                // Within a record only what cannot hold a fragment is padded: more is a page that never reached the disk.
                if continuing, page.count > WALFormat.headerSize {
                    return try onlyZeros(from: offset) ? .torn : .damaged("a part of the record is missing")
                }
                offset += page.count
                continue
            }
            return try fragment(type, page, pageEnd)
        }
    }

    /// So many zeros at its end hardly any record has.
    private static let unfilledSuffix = 16

    private func fragment(_ type: UInt8, _ page: UnsafeRawBufferPointer, _ pageEnd: Int) throws(FileError) -> Step {
        let kind = type & WALFormat.typeMask
        guard (WALFormat.whole...WALFormat.last).contains(kind), type >> 5 == 0 else { return .damaged("unknown fragment type \(type)") }
        guard page.count >= WALFormat.headerSize else {
            return pageEnd <= size ? .damaged("a fragment crosses the end of its page") : .torn
        }
        let length = Int(page[1]) << 8 | Int(page[2])
        let end = offset + WALFormat.headerSize + length
        if end > pageEnd { return .damaged("a fragment crosses the end of its page") }
        if end > offset + page.count { return try goesOn() ? .damaged("a fragment reaches behind the segment's end") : .torn }
        // The checksum of nothing is zero, so a header of zeros behind the type would pass. Prometheus begins a record with an empty
        // fragment only where exactly a header fits into the page.
        if length == 0, end != pageEnd { return try onlyZeros(from: end) ? .torn : .damaged("an empty fragment") }
        let data = UnsafeRawBufferPointer(rebasing: page[WALFormat.headerSize..<WALFormat.headerSize + length])
        let checksum = UInt32(bigEndian: page.loadUnaligned(fromByteOffset: 3, as: UInt32.self))
        guard checksum == martlet_crc32c(0, data.baseAddress, length) else {
            damagedEnd = end
            // A write that was under way leaves room that was never filled. Where the last bytes are there, one among them has changed.
            let isUnfilled = page[..<(end - offset)].suffix(Self.unfilledSuffix).allSatisfy { $0 == 0 }
            let isLast = try onlyZeros(from: end)
            let isFollowed = try goesOn()
            return isUnfilled && isLast && !isFollowed ? .torn : .damaged("checksum does not match")
        }
        offset = end
        return .fragment(type: type, data: data)
    }

    /// The segment's bytes of a range that lies within one page.
    private func bytes(_ from: Int, _ through: Int) throws(FileError) -> UnsafeRawBufferPointer {
        if from < loaded.lowerBound || through > loaded.upperBound { try load(from - from % WALFormat.pageSize) }
        let end = min(through, loaded.upperBound)
        return UnsafeRawBufferPointer(rebasing: buffer[(from - loaded.lowerBound)..<max(end, from) - loaded.lowerBound])
    }

    private func load(_ start: Int) throws(FileError) {
        loaded = 0..<0
        do {
            loaded = start..<start + (try read(min(buffer.count, size - start), at: start))
        } catch {
            // A disk that cannot give one page may give those around it.
            loaded = start..<start + (try read(min(WALFormat.pageSize, size - start), at: start))
        }
    }

    private func read(_ count: Int, at start: Int) throws(FileError) -> Int {
        try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: start)
    }

    private func onlyZeros(from start: Int) throws(FileError) -> Bool {
        var at = start
        while at < size {
            let part = try bytes(at, min(at - at % WALFormat.pageSize + WALFormat.pageSize, size))
            guard part.allSatisfy({ $0 == 0 }), !part.isEmpty else { return part.isEmpty }
            at += part.count
        }
        return true
    }
}

/// Finding the way behind damage.
extension WALPages {
    /// How many pages are searched byte by byte; behind them only the beginnings of pages are looked at, where a fragment must begin.
    private static let searchedPages = 2

    /// After damage: moves on to the next fragment that is whole, or to the end.
    func recover() {
        let end = damagedEnd
        damagedEnd = nil
        do {
            if let end, try isFragmentOrPadding(end) {
                offset = end
            } else {
                offset = try findFragment(from: offset + 1) ?? size
            }
        } catch {
            // The page cannot be read.
            offset = min(offset - offset % WALFormat.pageSize + WALFormat.pageSize, size)
        }
    }

    /// Whether behind a fragment that seems unfinished there are others: then it is not the last thing that was written.
    private func goesOn() throws(FileError) -> Bool { try findFragment(from: offset + 1) != nil }

    private func findFragment(from start: Int) throws(FileError) -> Int? {
        var at = start
        while at < size {
            let pageStart = at - at % WALFormat.pageSize
            let page = try bytes(pageStart, min(pageStart + WALFormat.pageSize, size))
            let isSearched = pageStart - start < (Self.searchedPages - 1) * WALFormat.pageSize
            var place = at - pageStart
            let last = isSearched ? page.count : min(place + 1, page.count)
            while place < last {
                if Self.isFragment(page, place) { return pageStart + place }
                place += 1
            }
            at = pageStart + WALFormat.pageSize
        }
        return nil
    }

    private func isFragmentOrPadding(_ start: Int) throws(FileError) -> Bool {
        let pageStart = start - start % WALFormat.pageSize
        guard start < size, start != pageStart else { return false }
        let page = try bytes(pageStart, min(pageStart + WALFormat.pageSize, size))
        let place = start - pageStart
        return Self.isFragment(page, place) || page.dropFirst(place).allSatisfy { $0 == 0 }
    }

    @inline(__always)
    private static func isFragment(_ page: UnsafeRawBufferPointer, _ place: Int) -> Bool {
        guard let base = page.baseAddress, page.count &- place > WALFormat.headerSize else { return false }
        let start = base + place
        let type = start.load(as: UInt8.self)
        let kind = type & WALFormat.typeMask
        guard kind >= WALFormat.whole, kind <= WALFormat.last, type &>> 5 == 0 else { return false }
        let length = Int(UInt16(bigEndian: start.loadUnaligned(fromByteOffset: 1, as: UInt16.self)))
        guard length > 0, place &+ WALFormat.headerSize &+ length <= page.count else { return false }
        let checksum = UInt32(bigEndian: start.loadUnaligned(fromByteOffset: 3, as: UInt32.self))
        return checksum == martlet_crc32c(0, start + WALFormat.headerSize, length)
    }
}
