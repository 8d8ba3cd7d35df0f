import Glibc
import Model
import TSDB
import TestKit
import Testing

@Suite("Write-ahead log: damage and failing disks")
struct WALDamage {
    private func batch(_ reference: UInt64, _ samples: Int) -> LoggedBatch {
        LoggedBatch(
            series: [reference: Labels([(name: "n", value: "\(reference)")])],
            samples: (0..<samples).map { LoggedSample(reference: reference, time: Int64($0), bits: UInt64($0)) })
    }

    @Test("the last record cut at every byte: all before it is kept, and the log goes on")
    func cuts() throws {
        let whole = MemoryFileSystem()
        let before = try writeLog(whole, [batch(1, 10)])
        let start = whole.contents(log + "/00000000").count
        let full = MemoryFileSystem()
        try writeLog(full, [batch(1, 10), LoggedBatch(samples: batch(1, 40).samples)])
        let bytes = full.contents(log + "/00000000")
        for length in start..<bytes.count {
            let cut = MemoryFileSystem()
            try cut.makeFolder(log)
            cut.setContents(log + "/00000000", Array(bytes[..<length]))
            let (found, report) = try readLog(cut)
            #expect(found == before && report.damage == nil)
            #expect(report.torn == (length == start ? [] : [.init(segment: 0, offset: start)]), "cut at \(length)")
            #expect(try WALRepair.perform(report, log, cut) == [])
            try writeLog(cut, [LoggedBatch(samples: batch(1, 2).samples)])
            let (again, clean) = try readLog(cut)
            #expect(again.samples == before.samples + batch(1, 2).samples && clean.isClean)
        }
    }

    @Test("5,000 mutations: no crash, and everything before the damage is kept")
    func mutations() throws {
        var random = SeededRandom(20)
        let original = MemoryFileSystem()
        // Long records, so that all kinds of fragment are there, in small segments.
        let all = try writeLog(original, [batch(1, 50), batch(2, 5000), batch(3, 20), batch(4, 7)], segmentSize: 48 << 10)
        let names = try original.list(log)
        let contents = names.map { original.contents(log + "/" + $0) }
        let fileSystem = MemoryFileSystem()
        try fileSystem.makeFolder(log)
        for round in 0..<mutationRounds(usual: 5000) {
            for (name, bytes) in zip(names, contents) { fileSystem.setContents(log + "/" + name, bytes) }
            let victim = random.below(names.count)
            let at = mutate(fileSystem, log + "/" + names[victim], contents[victim], &random)
            let (found, report) = try readLogAllowingCompression(fileSystem)
            if report.damage != nil, report.torn.isEmpty { #expect(all.samples.starts(with: found.samples), "round \(round)") }
            let place = report.damage?.place ?? report.torn.first
            if let place, let at {
                #expect(place.segment < victim || place.segment == victim && place.offset <= at, "round \(round): \(report)")
            }
        }
    }

    /// Flips, cuts, inserts or zeroes; gives the first byte that differs.
    private func mutate(_ fileSystem: MemoryFileSystem, _ path: String, _ original: [UInt8], _ random: inout SeededRandom) -> Int? {
        var bytes = original
        let at = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[at] ^= UInt8(1 << random.below(8))
        case 1: bytes.removeLast(bytes.count - at)
        case 2: bytes.insert(UInt8(random.below(256)), at: at)
        default: for i in at..<min(bytes.count, at + 1 + random.below(300)) { bytes[i] = 0 }
        }
        fileSystem.setContents(path, bytes)
        return original.indices.first { $0 >= bytes.count || bytes[$0] != original[$0] } ?? (bytes == original ? nil : original.count)
    }

    private func readLogAllowingCompression(_ fileSystem: any FileSystem) throws -> (LoggedBatch, WALReport) {
        do {
            return try readLog(fileSystem)
        } catch is WALCompressed {
            return (LoggedBatch(), WALReport())
        }
    }

    @Test("a damaged segment keeps its beginning; it and what follows are set aside, and nothing is deleted")
    func setAside() throws {
        let fileSystem = MemoryFileSystem()
        try writeLog(fileSystem, (1...6).map { batch(UInt64($0), 1500) }, segmentSize: 48 << 10)
        let names = try fileSystem.list(log)
        #expect(names.count > 2)
        var bytes = fileSystem.contents(log + "/00000001")
        bytes[9] ^= 1
        fileSystem.setContents(log + "/00000001", bytes)
        let (before, report) = try readLog(fileSystem)
        let damage = try #require(report.damage)
        #expect(damage.place == .init(segment: 1, offset: 0))
        #expect(damage.description == "write-ahead log damaged at segment 00000001, byte 0: checksum does not match")
        let aside = try WALRepair.perform(report, log, fileSystem)
        #expect(aside == names.dropFirst().map { "\(log)/\($0).damaged" })
        #expect(fileSystem.contents(log + "/00000001.damaged") == bytes)
        let (after, clean) = try readLog(fileSystem)
        #expect(after == before && clean.isClean)
        #expect(try WALFolder.segments(log, fileSystem) == [0, 1])
    }

    @Test("a missing segment is told, and what is behind it is set aside")
    func gap() throws {
        let fileSystem = MemoryFileSystem()
        try writeLog(fileSystem, (1...6).map { batch(UInt64($0), 1500) }, segmentSize: 48 << 10)
        try fileSystem.remove(log + "/00000001")
        let report = try readLog(fileSystem).1
        #expect(report.damage?.cause == "the segment is missing, and 00000002 is there")
        _ = try WALRepair.perform(report, log, fileSystem)
        #expect(try WALFolder.segments(log, fileSystem) == [0])
    }

    @Test("records compressed with zstd are refused by name")
    func compressed() throws {
        let fileSystem = MemoryFileSystem()
        try writeLog(fileSystem, [batch(1, 1)])
        var bytes = fileSystem.contents(log + "/00000000")
        bytes[0] = 17
        fileSystem.setContents(log + "/00000000", bytes)
        let error = #expect(throws: WALCompressed.self) { try readLog(fileSystem) }
        #expect(error?.compression == "zstd")
    }

    @Test("every changing call in turn fails: what was acknowledged is there, also after a power cut if it was synced")
    func everyCallFails() throws {
        var call = 1
        while true {
            let fileSystem = MemoryFileSystem(seed: UInt64(call))
            fileSystem.failCall(call, with: call % 2 == 0 ? EIO : ENOSPC)
            let (appended, synced) = run(fileSystem)
            if fileSystem.calls < call { break }
            let running = try readLog(fileSystem).0
            #expect(running.samples == appended, "call \(call)")
            let crashed = fileSystem.crash()
            let (left, report) = try readLog(crashed)
            #expect(report.damage == nil, "call \(call): \(report)")
            #expect(Set(left.samples).isSuperset(of: synced), "call \(call)")
            _ = try WALRepair.perform(report, log, crashed)
            #expect(try readLog(crashed).1.isClean)
            call += 1
        }
        #expect(call > 30)
    }

    /// Appends and syncs, going on after each error; gives what was acknowledged, and what of it a sync has promised.
    private func run(_ fileSystem: MemoryFileSystem) -> (appended: [LoggedSample], synced: [LoggedSample]) {
        var appended: [LoggedSample] = []
        var pending: [LoggedSample] = []
        var synced: [LoggedSample] = []
        guard let writer = try? WALWriter(log, fileSystem, segmentSize: 33 << 10) else { return ([], []) }
        let buffer = WALBatch()
        for i in 0..<24 {
            let batch = batch(UInt64(i), 200)
            batch.fill(buffer)
            if (try? writer.append(buffer)) != nil {
                appended += batch.samples
                pending += batch.samples
            }
            guard i % 3 == 2 else { continue }
            if (try? writer.sync()) != nil { synced += pending }
            pending = []
        }
        return (appended, synced)
    }

    @Test("a full disk refuses batches and takes them again when there is room")
    func fullDisk() throws {
        let fileSystem = MemoryFileSystem()
        let writer = try WALWriter(log, fileSystem)
        let buffer = WALBatch()
        fileSystem.setCapacity(10_000)
        var kept: [LoggedSample] = []
        for i in 0..<20 {
            if i == 15 { fileSystem.setCapacity(1 << 30) }
            let batch = batch(UInt64(i), 100)
            batch.fill(buffer)
            do {
                try writer.append(buffer)
                kept += batch.samples
            } catch {
                #expect(error.isFull && i < 15)
            }
        }
        let (found, report) = try readLog(fileSystem)
        #expect(found.samples == kept && kept.count >= 1000 && report.isClean)
    }

    @Test("a batch that came while a sync failed is not taken for safe")
    func doubt() throws {
        let fileSystem = MemoryFileSystem()
        let writer = try WALWriter(log, fileSystem)
        let buffer = WALBatch()
        buffer.addSample(1, 1, 1)
        let first = try writer.append(buffer)
        fileSystem.failCall(fileSystem.calls + 1)
        #expect(throws: FileError.self) { try writer.sync(through: first) }
        #expect(throws: FileError.self) { try writer.sync(through: first) }
        let second = try writer.append(buffer)
        try writer.sync(through: second)
        #expect(writer.segment == 1)
    }

    @Test("records of any bytes decode or are refused, and never crash")
    func wildRecords() {
        var random = SeededRandom(8)
        let samples = WALSamples()
        for _ in 0..<20_000 {
            var bytes = (0..<random.below(60)).map { _ in UInt8(random.below(random.below(2) == 0 ? 4 : 256)) }
            if !bytes.isEmpty { bytes[0] = UInt8(1 + random.below(2)) }
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            defer { memory.deallocate() }
            memory.copyBytes(from: bytes)
            let record = UnsafeRawBufferPointer(memory)
            try? samples.decode(record)
            try? WALSeries.decode(record) { _, labels in _ = labels.description }
        }
    }
}
