import Glibc
import Model
import TSDB
import TestKit
import Testing

@Suite("Write-ahead log: compressed records")
struct WALCompressionTests {
    private func regular(_ samples: Int) -> LoggedBatch {
        LoggedBatch(
            series: [1: Labels([(name: "__name__", value: String(repeating: "up", count: 30))])],
            samples: (0..<samples).map { LoggedSample(reference: UInt64($0), time: 1000, bits: Double($0 % 10).bitPattern) })
    }

    @Test("packed and plain records in one log, short and over several pages")
    func mixed() throws {
        var random = SeededRandom(11)
        let fileSystem = MemoryFileSystem()
        var all = LoggedBatch()
        for compresses in [true, false, true] {
            // What is random does not shrink and stays as it is; what is regular does.
            let batches: [LoggedBatch] = [.random(&random, samples: 4000), regular(30_000), .random(&random, samples: 3), regular(5)]
            let part = try writeLog(fileSystem, batches, compresses: compresses)
            all.series.merge(part.series) { $1 }
            all.samples += part.samples
            all.tombstones += part.tombstones
        }
        let (found, report) = try readLog(fileSystem)
        #expect(found == all && report.isClean)
        let sizes = try fileSystem.list(log).map { fileSystem.contents(log + "/" + $0).count }
        #expect(sizes[0] < sizes[1] * 9 / 10 && sizes[2] < sizes[1] * 9 / 10)
    }

    @Test("names are packed without being asked for, samples are not")
    func usual() throws {
        let fileSystem = MemoryFileSystem()
        let writer = try WALWriter(log, fileSystem)
        let batch = WALBatch()
        batch.addSeries(1, regular(0).series[1] ?? .empty)
        try writer.append(batch)
        batch.removeAll()
        for sample in regular(100).samples { batch.addSample(sample.reference, sample.time, Double(bitPattern: sample.bits)) }
        try writer.append(batch)
        let bytes = fileSystem.contents(log + "/00000000")
        let second = 7 + (Int(bytes[1]) << 8 | Int(bytes[2]))
        #expect(bytes[0] == 8 | 1 && bytes[second] == 1)
        let (found, report) = try readLog(fileSystem)
        #expect(found == LoggedBatch(series: regular(0).series, samples: regular(100).samples) && report.isClean)
    }

    @Test("every fragment of a packed record says so")
    func flags() throws {
        let fileSystem = MemoryFileSystem()
        try writeLog(fileSystem, [LoggedBatch(samples: regular(30_000).samples)], compresses: true)
        let bytes = fileSystem.contents(log + "/00000000")
        #expect(bytes.count > 2 << 15)
        #expect(bytes[0] == 8 | 2 && bytes[1 << 15] == 8 | 3)
    }

    @Test("a length that no packed record can have costs no memory")
    func absurdLength() throws {
        // A gigabyte, promised by six bytes; then a length that is no number.
        for record: [UInt8] in [[0x80, 0x80, 0x80, 0x80, 0x04, 0], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [9, 0, 1]] {
            let fileSystem = MemoryFileSystem()
            try writeLog(fileSystem, [regular(1)])
            let before = fileSystem.contents(log + "/00000000")
            fileSystem.setContents(log + "/00000000", before + fragment(9, record))
            let (found, report) = try readLog(fileSystem)
            #expect(found == regular(1))
            #expect(report.damages.first?.place.offset == before.count)
        }
    }

    /// What compression costs on pages as they are scraped; `MARTLET_BENCH=1` in a release build gives the figures that count.
    @Test func costs() throws {
        let rounds = getenv("MARTLET_BENCH") == nil ? 3 : 500
        for (name, compresses) in [("plain", false), ("snappy", true)] {
            let folder = "/tmp/martlet-wal-\(getpid())-\(name)"
            let files = RealFileSystem()
            defer { try? files.removeAll(folder) }
            let writer = try WALWriter(folder, files, compression: compresses ? .everything : .none)
            let batch = WALBatch()
            var seconds = 0.0
            for round in 0..<rounds {
                page(batch, round)
                let start = now()
                try writer.append(batch)
                seconds += now() - start
            }
            let size = try files.list(folder).reduce(0) { try $0 + files.open(folder + "/" + $1, .read).size() }
            let samples = Double(rounds * 1000)
            print("\(name): \(seconds * 1e9 / samples) ns and \(Double(size) / samples) bytes a sample for the log alone")
        }
    }

    /// A page of a thousand series: counters that move or rest, gauges of all sorts, bucket counts.
    private func page(_ batch: WALBatch, _ round: Int) {
        batch.removeAll()
        var random = SeededRandom(UInt64(round))
        for i in 0..<1000 {
            let value: Double =
                switch i % 5 {
                case 0: Double(i)
                case 1: Double(1_000_000 + i * 77 + round * (i % 13))
                case 2: Double(random.below(1 << 40)) / 1024
                case 3: Double(i % 50 + round / 4)
                default: 0
                }
            batch.addSample(UInt64(i + 1), 1_700_000_000_000 + Int64(round) * 15_000, value)
        }
    }

    private func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
