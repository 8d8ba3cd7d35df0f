import Model
import TSDB
import TestKit
import Testing

/// What a log holds, in a form that can be compared.
struct LoggedBatch: Equatable {
    var series: [UInt64: Labels] = [:]
    var samples: [LoggedSample] = []
    var tombstones: [WALTombstone] = []

    /// A few new series and many samples, or some other mixture.
    static func random(_ random: inout SeededRandom, samples: Int) -> LoggedBatch {
        var batch = LoggedBatch()
        for _ in 0..<random.below(4) {
            let reference = random.next() >> UInt64(random.below(60))
            let long = String(repeating: "x", count: random.below(200))
            batch.series[reference] = Labels([(name: "__name__", value: "m\(reference)"), (name: "é", value: long)])
        }
        for i in 0..<samples {
            let wild = random.below(10) == 0
            let time = wild ? Int64(bitPattern: random.next()) : 1_700_000_000_000 + Int64(i)
            batch.samples.append(.init(reference: wild ? random.next() : UInt64(i), time: time, bits: random.next()))
        }
        for _ in 0..<random.below(3) {
            let range = TimeRange(from: Int64(bitPattern: random.next()), through: Int64(bitPattern: random.next()))
            batch.tombstones.append(WALTombstone(reference: random.next(), range: range))
        }
        return batch
    }

    func fill(_ batch: WALBatch) {
        batch.removeAll()
        for (reference, labels) in series { batch.addSeries(reference, labels) }
        for sample in samples { batch.addSample(sample.reference, sample.time, Double(bitPattern: sample.bits)) }
        for tombstone in tombstones { batch.addTombstone(tombstone) }
    }
}

struct LoggedSample: Hashable {
    var reference: UInt64
    var time: Timestamp
    var bits: UInt64
}

extension WALSamples {
    var logged: [LoggedSample] {
        (0..<count).map { LoggedSample(reference: references[$0], time: times[$0], bits: values[$0].bitPattern) }
    }
}

let log = "/data/wal"

/// A fragment with its header.
func fragment(_ type: UInt8, _ data: [UInt8]) -> [UInt8] {
    let sum = checksum(data)
    return [type, UInt8(data.count >> 8), UInt8(data.count & 255)] + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) } + data
}

/// CRC-32C, bit by bit.
private func checksum(_ data: [UInt8]) -> UInt32 {
    var sum: UInt32 = .max
    for byte in data {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : sum >> 1 ^ 0x82f6_3b78 }
    }
    return ~sum
}

/// Reads a whole log: the decoded series, all samples in order, and the report.
func readLog(_ fileSystem: any FileSystem, _ folder: String = log) throws -> (LoggedBatch, WALReport) {
    let reader = try WALReader(folder, fileSystem)
    let column = WALSamples()
    var found = LoggedBatch()
    while let record = try reader.next() {
        do {
            switch WALRecordKind(of: record)?.content {
            case .series: try WALSeries.decode(record) { found.series[$0] = $1 }
            case .samples:
                try column.decode(record)
                found.samples += column.logged
            case .tombstones: found.tombstones += try WALTombstone.decode(record)
            case .histograms, .exemplars, .metadata, nil: break
            }
        } catch {
            reader.reject("\(error)")
        }
    }
    return (found, reader.report)
}

/// Writes batches, and gives all they hold.
@discardableResult
func writeLog(
    _ fileSystem: any FileSystem, _ batches: [LoggedBatch], segmentSize: Int = 128 << 20, folder: String = log, compresses: Bool = false
) throws -> LoggedBatch {
    let writer = try WALWriter(folder, fileSystem, segmentSize: segmentSize, compression: compresses ? .everything : .none)
    let buffer = WALBatch()
    var all = LoggedBatch()
    for batch in batches {
        batch.fill(buffer)
        try writer.append(buffer)
        all.series.merge(batch.series) { $1 }
        all.samples += batch.samples
        all.tombstones += batch.tombstones
    }
    try writer.sync()
    return all
}

@Suite("Write-ahead log: what goes in comes out")
struct WALRoundTrips {
    @Test("records of every length around the page size")
    func pageEdges() throws {
        for samples in [0, 1, 2, 1600, 1650, 3300, 10_000] {
            for padding in stride(from: 0, through: 60, by: 3) {
                var random = SeededRandom(UInt64(samples + padding))
                let fileSystem = MemoryFileSystem()
                // The first batch moves the second one's beginning by a byte or so.
                let first = LoggedBatch(series: [1: Labels([(name: "a", value: String(repeating: "p", count: 32_600 + padding))])])
                let batches = [first, .random(&random, samples: samples), .random(&random, samples: 3)]
                let all = try writeLog(fileSystem, batches)
                let (found, report) = try readLog(fileSystem)
                #expect(found == all && report.isClean, "\(samples) samples, padding \(padding)")
            }
        }
    }

    @Test("records go on in the next segment, and a restart begins one")
    func segments() throws {
        var random = SeededRandom(3)
        let fileSystem = MemoryFileSystem()
        var all = LoggedBatch()
        for _ in 0..<3 {
            let part = try writeLog(fileSystem, (0..<12).map { _ in .random(&random, samples: 700) }, segmentSize: 64 << 10)
            all.series.merge(part.series) { $1 }
            all.samples += part.samples
            all.tombstones += part.tombstones
        }
        let segments = try WALFolder.segments(log, fileSystem)
        #expect(segments.count >= 6 && segments == Array(0..<segments.count))
        let (found, report) = try readLog(fileSystem)
        #expect(found == all && report.isClean)
    }

    @Test("a batch longer than a segment gets a segment to itself")
    func longBatch() throws {
        var random = SeededRandom(4)
        let fileSystem = MemoryFileSystem()
        let all = try writeLog(fileSystem, [.random(&random, samples: 5), .random(&random, samples: 9000)], segmentSize: 32 << 10)
        #expect(try readLog(fileSystem).0 == all)
    }

    @Test("one batch is one write, an idle log is not synced")
    func calls() throws {
        let fileSystem = MemoryFileSystem()
        let writer = try WALWriter(log, fileSystem)
        let folder = fileSystem.calls
        let batch = WALBatch()
        try writer.append(batch)
        #expect(!writer.isDirty && fileSystem.calls == folder)
        batch.addSeries(1, Labels([(name: "a", value: "b")]))
        batch.addSample(1, 2, 3)
        try writer.append(batch)
        // The segment, the write.
        #expect(writer.isDirty && fileSystem.calls == folder + 2)
        try writer.sync()
        try writer.sync()
        #expect(!writer.isDirty && fileSystem.syncs == 1)
    }

    @Test("the bytes of a small log")
    func bytes() throws {
        let fileSystem = MemoryFileSystem()
        let batch = WALBatch()
        batch.addSeries(5, Labels([(name: "a", value: "bc")]))
        batch.addSample(5, 1000, 1)
        batch.addSample(4, 1001, 2)
        try WALWriter(log, fileSystem, compression: .none).append(batch)
        let series: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 5, 1, 1, 0x61, 2, 0x62, 0x63]
        let samples: [UInt8] =
            [2, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0x03, 0xe8]
            + [0, 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0] + [1, 2, 0x40, 0, 0, 0, 0, 0, 0, 0]
        let written = fileSystem.contents(log + "/00000000")
        #expect(written[..<3] == [1, 0, 15])
        #expect(Array(written[7..<22]) == series)
        #expect(written[22..<25] == [1, 0, 37])
        #expect(Array(written[29...]) == samples)
    }

    @Test("labels that another writer left unsorted or empty become a proper set")
    func foreignLabels() throws {
        let record: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 9, 3, 1, 0x62, 1, 0x79, 1, 0x61, 1, 0x78, 1, 0x63, 0]
        var found: [Labels] = []
        try record.withUnsafeBytes { try WALSeries.decode($0) { found.append($1) } }
        #expect(found == [Labels([(name: "a", value: "x"), (name: "b", value: "y")])])
    }

    @Test("old segments are removed from the front")
    func removal() throws {
        let fileSystem = MemoryFileSystem()
        var random = SeededRandom(5)
        try writeLog(fileSystem, (0..<9).map { _ in .random(&random, samples: 900) }, segmentSize: 32 << 10)
        let last = try #require(try WALFolder.segments(log, fileSystem).last)
        try WALFolder.removeSegments(log, below: last, fileSystem)
        #expect(try WALFolder.segments(log, fileSystem) == [last])
        #expect(try readLog(fileSystem).1.isClean)
    }
}
