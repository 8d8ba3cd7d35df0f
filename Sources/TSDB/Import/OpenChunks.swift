import Chunks
import Model

/// The chunk of each series that samples are being added to.
final class OpenChunks {
    private struct Chunk: BitwiseCopyable {
        var state = XORState()
        /// Where its block begins.
        var window: Timestamp = 0
        var first: Timestamp = 0
        var bytes: UnsafeMutableRawPointer?
        var capacity = 0
    }

    private static let smallest = 128
    private static let largest = 1024 + XORState.appendReserve

    private let duration: Int64
    private let memory: Int
    private let closed: ClosedChunks
    private var chunks = UnsafeMutablePointer<Chunk>.allocate(capacity: 64)
    private var capacity = 64
    private var count = 0
    /// The bytes of all chunks.
    private var used = 0

    init(duration: Int64, memory: Int, _ closed: ClosedChunks) {
        self.duration = duration
        self.memory = memory
        self.closed = closed
    }

    deinit {
        for at in 0..<count { chunks[at].bytes?.deallocate() }
        chunks.deallocate()
    }

    func addSeries() {
        if count == capacity {
            let larger = UnsafeMutablePointer<Chunk>.allocate(capacity: capacity * 2)
            larger.update(from: chunks, count: count)
            chunks.deallocate()
            chunks = larger
            capacity *= 2
        }
        chunks[count] = Chunk()
        count += 1
    }

    func add(_ series: UInt32, _ time: Timestamp, _ value: Double) throws(FileError) {
        let chunk = chunks + Int(series)
        if !takes(chunk, time) { try begin(chunk, series, time) }
        if chunk.pointee.state.byteCount &+ XORState.appendReserve > chunk.pointee.capacity { grow(chunk) }
        guard let bytes = chunk.pointee.bytes else { preconditionFailure("BUG: an open chunk without room") }
        chunk.pointee.state.append(time, value, to: bytes)
    }

    @inline(__always)
    private func takes(_ chunk: UnsafeMutablePointer<Chunk>, _ time: Timestamp) -> Bool {
        let count = chunk.pointee.state.count
        return count > 0 && count < ChunkStore.samplesPerChunk && time > chunk.pointee.state.lastTime
            && chunk.pointee.state.byteCount <= ChunkStore.closeBeyond
            && UInt64(bitPattern: time &- chunk.pointee.window) < UInt64(bitPattern: duration)
    }

    @inline(never)
    private func begin(_ chunk: UnsafeMutablePointer<Chunk>, _ series: UInt32, _ time: Timestamp) throws(FileError) {
        try close(chunk, series)
        if used > memory { try closeAll() }
        let past = time % duration
        chunk.pointee.window = time.earlier(by: past < 0 ? past + duration : past)
        chunk.pointee.first = time
    }

    @inline(never)
    private func grow(_ chunk: UnsafeMutablePointer<Chunk>) {
        let length = chunk.pointee.state.byteCount
        let capacity = min(Self.largest, max(Self.smallest, chunk.pointee.capacity * 2))
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
        if let bytes = chunk.pointee.bytes {
            larger.copyMemory(from: bytes, byteCount: length)
            bytes.deallocate()
        }
        used += capacity - chunk.pointee.capacity
        chunk.pointee.bytes = larger
        chunk.pointee.capacity = capacity
    }

    private func close(_ chunk: UnsafeMutablePointer<Chunk>, _ series: UInt32) throws(FileError) {
        let state = chunk.pointee.state
        guard state.count > 0, let bytes = chunk.pointee.bytes else { return }
        let range = TimeRange(from: chunk.pointee.first, through: state.lastTime)
        try closed.add(series, chunk.pointee.window, range, UnsafeRawBufferPointer(start: bytes, count: state.byteCount))
        chunk.pointee.state = XORState()
    }

    /// Closes all chunks and frees their memory.
    func closeAll() throws(FileError) {
        for at in 0..<count {
            try close(chunks + at, UInt32(at))
            chunks[at].bytes?.deallocate()
            chunks[at].bytes = nil
            chunks[at].capacity = 0
        }
        used = 0
    }
}
