import Glibc
import Model
import Synchronization
import TSDB
import TestKit
import Testing

@Suite("A log whose sync fails") struct WALSyncTests {
    private func batch(_ reference: UInt64, at time: Timestamp, names: Bool = true) -> LoggedBatch {
        LoggedBatch(
            series: names ? [reference: Labels([(name: "n", value: "\(reference)")])] : [:],
            samples: [LoggedSample(reference: reference, time: time, bits: 1)])
    }

    @discardableResult
    private func append(_ batch: LoggedBatch, _ writer: WALWriter) throws -> UInt64 {
        let buffer = WALBatch()
        batch.fill(buffer)
        return try writer.append(buffer)
    }

    /// What is tried at once after the first error fails too.
    private func failSync(_ writer: WALWriter, _ files: MemoryFileSystem) {
        for call in 1...2 { files.failCall(files.calls + call) }
        #expect(throws: FileError.self) { try writer.sync() }
    }

    @Test("the name of a series that a failed sync put in doubt is safe with the samples that come later")
    func name() throws {
        let files = MemoryFileSystem()
        let writer = try WALWriter(log, files)
        try append(batch(1, at: 1), writer)
        failSync(writer, files)
        try append(batch(1, at: 2, names: false), writer)
        try writer.sync()
        let (left, _) = try readLog(files.crash())
        #expect(left.series.keys.sorted() == [1] && left.samples.map(\.time) == [1, 2])
        #expect(writer.segment == 1)
    }

    @Test("what a failed sync put in doubt is safe when it returns, and the error is told")
    func atOnce() throws {
        let files = MemoryFileSystem()
        let told = Mutex(0)
        let writer = try WALWriter(log, files) { _ in told.withLock { $0 += 1 } }
        try append(batch(1, at: 1), writer)
        files.failCall(files.calls + 1)
        try writer.sync()
        #expect(told.withLock { $0 } == 1)
        // Another run, which knows of no error, goes on behind it.
        let next = try WALWriter(log, files)
        try append(batch(1, at: 2, names: false), next)
        try next.sync()
        let (left, _) = try readLog(files.crash())
        #expect(left.series.keys.sorted() == [1] && left.samples.map(\.time) == [1, 2])
    }

    @Test("the next sync promises what the failed one could not, whoever asked for that")
    func nextSync() throws {
        let files = MemoryFileSystem()
        let writer = try WALWriter(log, files)
        try append(batch(1, at: 1), writer)
        try writer.sync()
        let second = try append(batch(2, at: 2), writer)
        for call in 1...2 { files.failCall(files.calls + call) }
        #expect(throws: FileError.self) { try writer.sync(through: second) }
        #expect(writer.isDirty)
        try writer.sync(through: second)
        #expect(!writer.isDirty)
        let (left, _) = try readLog(files.crash())
        #expect(left.samples.map(\.time) == [1, 2])
    }

    @Test("every pair of calls fails while it is copied: in the end all is safe, in its order")
    func again() throws {
        for call in 1...40 {
            let files = MemoryFileSystem(seed: UInt64(call))
            let writer = try WALWriter(log, files, segmentSize: 64)
            for time in 1...4 as ClosedRange<Timestamp> { try append(batch(UInt64(time), at: time), writer) }
            failSync(writer, files)
            for next in call...call + 1 { files.failCall(files.calls + next) }
            _ = try? writer.sync()
            let isTaken = (try? append(batch(5, at: 5), writer)) != nil
            files.heal()
            try append(batch(6, at: 6), writer)
            try writer.sync()
            let (left, _) = try readLog(files.crash())
            let times = isTaken ? [1, 2, 3, 4, 5, 6] : [1, 2, 3, 4, 6] as [Timestamp]
            #expect(Set(left.series.keys) == Set(times.map { UInt64($0) }), "call \(call)")
            #expect(left.samples.map(\.time) == times, "call \(call)")
        }
    }

    @Test("what a failed sync put in doubt keeps its place before what came later")
    func order() throws {
        for seed in 1...30 as ClosedRange<UInt64> {
            let files = MemoryFileSystem(seed: seed)
            let writer = try WALWriter(log, files, segmentSize: 64)
            for time in 1...4 as ClosedRange<Timestamp> { try append(batch(UInt64(time), at: time), writer) }
            // The first of four segments fails; the others might be on the disk.
            files.failCall(files.calls + 1)
            try writer.sync()
            #expect(try readLog(files.crash()).0.samples.map(\.time) == [1, 2, 3, 4], "seed \(seed)")
        }
    }

    @Test("with a full disk nothing is promised, and with room again everything is")
    func fullDisk() throws {
        let files = MemoryFileSystem()
        let writer = try WALWriter(log, files)
        try append(batch(1, at: 1), writer)
        failSync(writer, files)
        files.setCapacity(files.used + 10)
        #expect(throws: FileError.self) { try append(batch(2, at: 2), writer) }
        #expect(throws: FileError.self) { try writer.sync() }
        files.setCapacity(.max)
        try append(batch(3, at: 3), writer)
        try writer.sync()
        #expect(try readLog(files.crash()).0.samples.map(\.time) == [1, 3])
    }

    @Test("a batch taken back while it is in doubt is not in the copy")
    func takenBack() throws {
        let files = MemoryFileSystem()
        let writer = try WALWriter(log, files)
        try append(batch(1, at: 1), writer)
        let second = try append(batch(2, at: 2), writer)
        failSync(writer, files)
        writer.takeBack(second)
        try append(batch(3, at: 3), writer)
        try writer.sync()
        #expect(try readLog(files.crash()).0.samples.map(\.time) == [1, 3])
        #expect(try Set(readLog(files).0.samples.map(\.time)) == [1, 3])
    }

    @Test("what was found at the start is copied if its sync fails")
    func found() throws {
        let files = MemoryFileSystem()
        try append(batch(1, at: 1), try WALWriter(log, files))
        // Killed before a sync; the next one goes on.
        let writer = try WALWriter(log, files)
        try append(batch(1, at: 2, names: false), writer)
        failSync(writer, files)
        try writer.sync()
        let (left, _) = try readLog(files.crash())
        #expect(left.series.keys.sorted() == [1] && left.samples.map(\.time) == [1, 2])
    }

    @Test("what was in doubt and is not needed any more is not copied")
    func removed() throws {
        let files = MemoryFileSystem()
        let writer = try WALWriter(log, files)
        try append(batch(1, at: 1), writer)
        failSync(writer, files)
        try files.remove(log + "/00000000")
        try append(batch(2, at: 2), writer)
        try writer.sync()
        #expect(try readLog(files).0.samples.map(\.time) == [2])
    }

    @Test("a batch taken back behind the copy is not there, nor after a power cut")
    func takenBackLater() throws {
        let files = MemoryFileSystem()
        let writer = try WALWriter(log, files)
        try append(batch(1, at: 1), writer)
        let second = try append(batch(2, at: 2), writer)
        files.failCall(files.calls + 1)
        try writer.sync()
        writer.takeBack(second)
        try append(batch(3, at: 3), writer)
        try writer.sync()
        #expect(try readLog(files).0.samples.map(\.time) == [1, 3])
        #expect(try readLog(files.crash()).0.samples.map(\.time) == [1, 3])
    }

    @Test("what the run before was not sure of is copied by the first sync, and nothing waits for that")
    func foundInDoubt() throws {
        let files = MemoryFileSystem()
        let first = try WALWriter(log, files)
        try append(batch(1, at: 1), first)
        failSync(first, files)
        // Killed there. The next run is told up to where the log was safe.
        let writer = try WALWriter(log, files, safe: -1)
        #expect(writer.isInDoubt)
        try append(batch(1, at: 2, names: false), writer)
        #expect(writer.isInDoubt && writer.segment == 1)
        try writer.sync()
        #expect(!writer.isInDoubt && writer.safeSegment == 0)
        let (left, _) = try readLog(files.crash())
        #expect(left.series.keys.sorted() == [1] && left.samples.map(\.time) == [1, 2])
        #expect(try files.list(log) == ["00000000", "00000001"])
    }

    @Test("a segment removed while it is in doubt does not come back")
    func removedInDoubt() throws {
        let files = MemoryFileSystem()
        let writer = try WALWriter(log, files)
        try append(batch(1, at: 1), writer)
        failSync(writer, files)
        try append(batch(2, at: 2), writer)
        try writer.removeSegments(below: 1)
        try writer.sync()
        #expect(try files.list(log) == ["00000001"])
    }

    @Test("names whose sync failed are synced again, and nothing is copied for them")
    func names() throws {
        let files = MemoryFileSystem()
        let writer = try WALWriter(log, files)
        try append(batch(1, at: 1), writer)
        files.failCall(files.calls + 2)
        try writer.sync()
        #expect(try readLog(files.crash()).0.samples.count == 1)
        #expect(try readLog(files).0.samples.count == 1)
    }
}
