import Glibc
import Model
import TSDB
import TestKit
import Testing

@Suite("Write-ahead log: damage and failing disks")
struct WALDamage {
    private let aside = "/data/quarantine"

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
            #expect(found == before && report.damages.isEmpty)
            #expect(report.torn == (length == start ? [] : [.init(segment: 0, offset: start)]), "cut at \(length)")
            #expect(try WALRepair.perform(report, log, quarantine: aside, cut) == [])
            try writeLog(cut, [LoggedBatch(samples: batch(1, 2).samples)])
            let (again, clean) = try readLog(cut)
            #expect(again.samples == before.samples + batch(1, 2).samples && clean.isClean)
        }
    }

    @Test("a last record that is there to its end, but changed, is no torn write: it is set aside")
    func changedLastRecord() throws {
        let first = MemoryFileSystem()
        let before = try writeLog(first, [batch(1, 10)])
        let start = first.contents(log + "/00000000").count
        let fileSystem = MemoryFileSystem()
        let last = batch(1, 40).samples.map { LoggedSample(reference: 1, time: $0.time, bits: .max) }
        try writeLog(fileSystem, [batch(1, 10), LoggedBatch(samples: last)])
        var bytes = fileSystem.contents(log + "/00000000")
        bytes[(start + bytes.count) / 2] ^= 1
        fileSystem.setContents(log + "/00000000", bytes)
        let (found, report) = try readLog(fileSystem)
        #expect(found == before && report.torn.isEmpty && report.damages.map(\.place) == [.init(segment: 0, offset: start)])
        #expect(try WALRepair.perform(report, log, quarantine: aside, fileSystem).map(\.path) == ["\(aside)/wal-00000000"])
        #expect(fileSystem.contents("\(aside)/wal-00000000") == bytes)
        let (again, clean) = try readLog(fileSystem)
        #expect(again == before && clean.isClean)
    }

    @Test("2,000 mutations: no crash, nothing that was not written, and everything in other segments and before is kept", arguments: [true, false])
    func mutations(compresses: Bool) throws {
        var random = SeededRandom(20)
        let original = MemoryFileSystem()
        // Long records, so that all kinds of fragment are there, in small segments.
        let batches = [batch(1, 50), batch(2, 5000), batch(3, 20), batch(4, 7), batch(5, 3000), batch(6, 1), batch(7, 900)]
        try writeLog(original, batches, segmentSize: 48 << 10, compresses: compresses)
        let names = try original.list(log)
        let contents = names.map { original.contents(log + "/" + $0) }
        let all = try places(original)
        let fileSystem = MemoryFileSystem()
        try fileSystem.makeFolder(log)
        for round in 0..<mutationRounds(usual: 1000) {
            for (name, bytes) in zip(names, contents) { fileSystem.setContents(log + "/" + name, bytes) }
            let victim = random.below(names.count)
            guard let at = mutate(fileSystem, log + "/" + names[victim], contents[victim], &random) else { continue }
            let (found, report) = try readLog(fileSystem)
            let safe = all.filter { $0.place.segment != victim || $0.end <= at }.flatMap(\.samples)
            #expect(Set(found.samples).isSuperset(of: safe), "round \(round): \(report)")
            #expect(Set(found.samples).isSubset(of: all.flatMap(\.samples)), "round \(round): \(report)")
            #expect(report.damages.allSatisfy { $0.place.segment == victim }, "round \(round): \(report)")
            _ = try WALRepair.perform(report, log, quarantine: aside, fileSystem)
            let (again, clean) = try readLog(fileSystem)
            #expect(again == found && clean.isClean, "round \(round): \(clean)")
        }
    }

    /// The samples records of a whole log, and where they begin and end.
    private func places(_ fileSystem: any FileSystem) throws -> [(place: WALReport.Place, end: Int, samples: [LoggedSample])] {
        let reader = try WALReader(log, fileSystem)
        let column = WALSamples()
        var found: [(place: WALReport.Place, end: Int, samples: [LoggedSample])] = []
        while let record = try reader.next() {
            if let last = found.indices.last, found[last].place.segment == reader.place.segment { found[last].end = reader.place.offset }
            column.removeAll()
            if WALRecordKind(of: record) == .samples { try column.decode(record) }
            found.append((reader.place, .max, column.logged))
        }
        return found
    }

    @Test("damage in the middle costs only what it hits", arguments: [true, false])
    func readingOn(compresses: Bool) throws {
        var random = SeededRandom(7)
        for round in 0..<60 {
            let fileSystem = MemoryFileSystem()
            let batches = (0..<400).map { batch(UInt64($0), 40) }
            let all = try writeLog(fileSystem, batches, compresses: compresses)
            var bytes = fileSystem.contents(log + "/00000000")
            // A bit in a header or in data, or a row of bytes.
            let at = random.below(bytes.count - 4000) + 1
            let length = [1, 1, 7, 300][round % 4]
            for i in at..<at + length { bytes[i] ^= UInt8(1 + random.below(255)) }
            fileSystem.setContents(log + "/00000000", bytes)
            let (found, report) = try readLog(fileSystem)
            let lost = all.samples.count - found.samples.count
            // What lies between the damage and the next whole fragment; 40 samples are a record.
            #expect(!report.damages.isEmpty && lost <= 40 * (2 + length / 20), "round \(round): \(lost) samples lost, \(report)")
            #expect(found.samples == all.samples.filter(Set(found.samples).contains))
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

    @Test("a damaged segment is set aside whole; what could be read of it stays in its place, and nothing is deleted")
    func setAside() throws {
        let fileSystem = MemoryFileSystem()
        try writeLog(fileSystem, (1...6).map { batch(UInt64($0), 1500) }, segmentSize: 48 << 10)
        let names = try fileSystem.list(log)
        #expect(names.count > 2)
        var bytes = fileSystem.contents(log + "/00000001")
        bytes[9] ^= 1
        fileSystem.setContents(log + "/00000001", bytes)
        let (before, report) = try readLog(fileSystem)
        let damage = try #require(report.damages.first)
        #expect(report.damages.count == 1 && damage.place == .init(segment: 1, offset: 0))
        #expect(damage.description == "write-ahead log damaged at segment 00000001, byte 0: checksum does not match")
        #expect(before.series.count == 5 && before.samples.count == 9000)
        let set = try WALRepair.perform(report, log, quarantine: aside, fileSystem)
        #expect(set.map(\.path) == ["\(aside)/wal-00000001"])
        #expect(fileSystem.contents("\(aside)/wal-00000001") == bytes)
        let (after, clean) = try readLog(fileSystem)
        #expect(after == before && clean.isClean)
        #expect(try fileSystem.list(log) == names)
    }

    @Test("a repair that is interrupted at any call loses nothing, and is done by the next start")
    func interruptedRepair() throws {
        var call = 1
        var reached = true
        while reached {
            let fileSystem = MemoryFileSystem(seed: UInt64(call))
            try writeLog(fileSystem, (1...6).map { batch(UInt64($0), 1500) }, segmentSize: 48 << 10)
            let names = try fileSystem.list(log)
            for name in [names[0], names[2]] {
                var bytes = fileSystem.contents(log + "/" + name)
                bytes[bytes.count / 2] ^= 1
                fileSystem.setContents(log + "/" + name, bytes)
            }
            let (before, report) = try readLog(fileSystem)
            #expect(report.damages.count == 2)
            let start = fileSystem.calls
            fileSystem.failCall(start + call)
            _ = try? WALRepair.perform(report, log, quarantine: aside, fileSystem)
            reached = fileSystem.calls >= start + call
            let crashed = fileSystem.crash()
            let (left, found) = try readLog(crashed)
            #expect(left == before, "call \(call)")
            _ = try WALRepair.perform(found, log, quarantine: aside, crashed)
            let (after, clean) = try readLog(crashed)
            #expect(after == before && clean.isClean, "call \(call)")
            call += 1
        }
        #expect(call > 10)
    }

    @Test("a missing segment is told, what is behind it is read, and an empty one takes its place")
    func gap() throws {
        let fileSystem = MemoryFileSystem()
        let all = try writeLog(fileSystem, (1...6).map { batch(UInt64($0), 1500) }, segmentSize: 48 << 10)
        let last = try #require(try WALFolder.segments(log, fileSystem).last)
        try fileSystem.remove(log + "/00000001")
        let (found, report) = try readLog(fileSystem)
        #expect(report.damages.map(\.cause) == ["the segment is missing, and 00000002 is there"])
        #expect(found.samples.last == all.samples.last)
        _ = try WALRepair.perform(report, log, quarantine: aside, fileSystem)
        #expect(try WALFolder.segments(log, fileSystem) == Array(0...last))
        let (again, clean) = try readLog(fileSystem)
        #expect(again == found && clean.isClean)
    }

    @Test("a bit that makes a record claim zstd is damage")
    func falseZstd() throws {
        let fileSystem = MemoryFileSystem()
        try writeLog(fileSystem, [batch(1, 1), batch(2, 1)])
        var bytes = fileSystem.contents(log + "/00000000")
        bytes[0] |= 16
        fileSystem.setContents(log + "/00000000", bytes)
        let (found, report) = try readLog(fileSystem)
        #expect(report.damages.count == 1 && found.series.keys.sorted() == [2])
    }

    @Test("records compressed with zstd are refused by name")
    func compressed() throws {
        let fileSystem = MemoryFileSystem()
        try fileSystem.makeFolder(log)
        // One of the frames that the format allows, of nothing.
        let frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00]
        fileSystem.setContents(log + "/00000000", fragment(17, frame))
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
            #expect(report.damages.isEmpty, "call \(call): \(report)")
            #expect(Set(left.samples).isSuperset(of: synced), "call \(call)")
            _ = try WALRepair.perform(report, log, quarantine: aside, crashed)
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
            guard (try? writer.sync()) != nil else { continue }
            synced += pending
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
