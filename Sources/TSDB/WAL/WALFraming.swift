import CLinux

/// Cuts records into fragments and pages; the bytes collect in `output` until they are written.
struct WALFraming: Sendable {
    let output = ByteStore(capacity: 64 << 10)

    /// How many bytes a record will take, at most.
    static func upperBound(_ length: Int) -> Int {
        length + (length / (WALFormat.pageSize - WALFormat.headerSize) + 2) * WALFormat.headerSize + WALFormat.headerSize
    }

    /// Adds a record that will stand in the segment at `offset`; returns the offset behind it. `compression` is noted in each fragment.
    func add(_ record: UnsafeRawBufferPointer, at offset: Int, compression: UInt8 = 0) -> Int {
        var offset = offset
        var done = 0
        repeat {
            var room = WALFormat.pageSize - offset % WALFormat.pageSize
            if room <= WALFormat.headerSize {
                output.appendZeros(room)
                offset += room
                room = WALFormat.pageSize
            }
            let length = min(record.count - done, room - WALFormat.headerSize)
            let type = Self.type(first: done == 0, last: done + length == record.count)
            addFragment(type | compression, UnsafeRawBufferPointer(rebasing: record[done..<done + length]))
            done += length
            offset += WALFormat.headerSize + length
        } while done < record.count
        return offset
    }

    private static func type(first: Bool, last: Bool) -> UInt8 {
        switch (first, last) {
        case (true, true): WALFormat.whole
        case (true, false): WALFormat.first
        case (false, false): WALFormat.middle
        case (false, true): WALFormat.last
        }
    }

    private func addFragment(_ type: UInt8, _ data: UnsafeRawBufferPointer) {
        output.reserve(WALFormat.headerSize)
        output.put(type)
        output.put(UInt16(data.count))
        output.put(martlet_crc32c(0, data.baseAddress, data.count))
        output.append(data)
    }
}
