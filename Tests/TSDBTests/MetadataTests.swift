import Glibc
import Model
import TestKit
import Testing

@testable import TSDB

/// What series are, in the head and its log.
@Suite struct MetadataTests {
    private let requests = labels(["__name__": "requests_total"])
    private let counter = Metadata(type: .counter, help: "Requests, é.", unit: "")

    private var options: DatabaseOptions {
        var options = DatabaseOptions()
        options.head.recordsMetadata = true
        return options
    }

    private func add(_ head: Head, _ series: Labels, _ time: Timestamp, _ metadata: Metadata) throws {
        var batch = AppendBatch()
        let index = batch.add(series, time, Double(time))
        batch.add(metadata, toNew: index)
        _ = try head.append(&batch)
    }

    /// Everything that the log says of metadata, in order, the checkpoint first.
    private func logged(_ files: any FileSystem) throws -> [WALMetadata] {
        var folders = ["data/wal"]
        var first = 0
        if let checkpoint = try Checkpoint.latest("data/wal", files) {
            folders.insert(checkpoint.folder, at: 0)
            first = checkpoint.segment + 1
        }
        return try folders.flatMap { folder in
            let reader = try WALReader(folder, files, (folder == "data/wal" ? first : 0)...Int.max)
            var found: [WALMetadata] = []
            while let record = try reader.next() {
                if WALRecordKind(of: record) == .metadata { found += try WALMetadata.decode(record) }
            }
            return found
        }
    }

    @Test func onlyWhatIsNewIsWritten() throws {
        let files = MemoryFileSystem()
        var database = try openDatabase(files, options)
        let composed = Metadata(type: .counter, help: "Requests, e\u{301}.")
        for (time, metadata) in [(1, counter), (2, counter), (3, composed), (4, composed), (5, counter)] {
            try add(database.head, requests, Timestamp(time), metadata)
        }
        try add(database.head, labels(["__name__": "other"]), 5, Metadata(type: .stateset, help: "", unit: "u"))
        try database.close()
        #expect(try logged(files).map(\.metadata.help.utf8.count) == [13, 14, 13, 0])
        #expect(try logged(files).map(\.reference) == [1, 1, 1, 2])
        // Known from the log.
        database = try openDatabase(files, options)
        try add(database.head, requests, 6, counter)
        try add(database.head, labels(["__name__": "other"]), 6, Metadata(type: .stateset, help: "", unit: "u"))
        try database.close()
        #expect(try logged(files).count == 4)
        #expect(try logged(files).last?.metadata == Metadata(type: .stateset, help: "", unit: "u"))
    }

    @Test func whoIsNotToldToWritesNone() throws {
        let files = MemoryFileSystem()
        let database = try openDatabase(files)
        try add(database.head, requests, 1, counter)
        try database.close()
        #expect(try logged(files).isEmpty)
    }

    @Test func aCheckpointHasTheLatestOfEachLivingSeries() throws {
        let files = MemoryFileSystem()
        let days = DatabaseBlocksTests()
        let clock = TurnedClock(DatabaseBlocksTests.start)
        var options = options
        options.walSegmentSize = 2 << 10
        let database = try days.open(files, clock, options)
        for hour in 0..<Int64(20) {
            try days.fill(database, clock, hour, hour + 1)
            let help = hour < 3 ? "in hour \(hour)" : "later"
            try add(database.head, requests, clock.now(), Metadata(type: .gauge, help: help))
            if hour == 2 { try add(database.head, labels(["__name__": "short"]), clock.now(), counter) }
        }
        #expect(database.status.counts.checkpoints > 0)
        try database.close()
        #expect(try logged(files).map(\.metadata) == [Metadata(type: .gauge, help: "later")])
        // One who does not write metadata carries them on.
        options.head.recordsMetadata = false
        let again = try days.open(files, clock, options)
        for hour in 20..<Int64(30) {
            try days.fill(again, clock, hour, hour + 1)
            try add(again.head, requests, clock.now(), Metadata(type: .gauge, help: "unwritten"))
        }
        #expect(again.status.counts.checkpoints > 0)
        try again.close()
        #expect(try logged(files).map(\.metadata) == [Metadata(type: .gauge, help: "later")])
    }

    /// What a real Prometheus writes of itself.
    @Test func aLogOfPrometheusTellsTheSame() throws {
        guard let peers = Peers() else {
            return print("SKIPPED: MARTLET_PEERS is not set, no metadata of Prometheus were read")
        }
        let files = RealFileSystem()
        let path = try temporaryFolder()
        defer { try? files.removeAll(path) }
        try peers.runPrometheus(in: path, flags: ["--enable-feature=metadata-wal-records"]) { _ in
            for _ in 0..<300 where try files.kind(path + "/theirs/wal/00000000") == nil || files.read(path + "/theirs/wal/00000000").count < 4 << 15 {
                usleep(100_000)
            }
        }
        let database = try openDatabase(files, options, path: path + "/theirs")
        let core = database.head.core
        var found: [String: Metadata] = [:]
        for slot in 0..<core.series.count {
            let record = core.series[slot].pointee
            guard let name = database.head.labels(record.labelPairs).metricName, let metadata = core.metadata[record.ref] else { continue }
            found[name] = metadata
        }
        #expect(found["go_goroutines"] == Metadata(type: .gauge, help: "Number of goroutines that currently exist."))
        #expect(found["prometheus_http_request_duration_seconds_bucket"]?.type == .histogram)
        #expect(found["prometheus_tsdb_wal_fsync_duration_seconds_sum"]?.type == .summary)
        #expect(found.count > 150 && found["up"]?.unit == "targets")
        print("read metadata of \(found.count) metrics that Prometheus wrote")
        try database.close()
    }

    @Test func recordsHavePrometheussBytes() throws {
        func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
        // A field that nobody knows, and the fields the other way round, are read too.
        let known: [UInt8] = [6, 0xac, 0x02, 1, 2] + text("UNIT") + text("bytes") + text("HELP") + text("Size.") + [5, 9, 2] + text("UNIT") + [0]
        let record = known + text("HELP") + [0]
        let found = try record.withUnsafeBytes { try WALMetadata.decode($0) }
        #expect(
            found == [
                WALMetadata(reference: 300, metadata: Metadata(type: .counter, help: "Size.", unit: "bytes")),
                WALMetadata(reference: 5, metadata: Metadata(type: .unknown)),
            ])
        let batch = WALBatch()
        for one in found { batch.addMetadata(one.reference, WALMetadata.encode(one.metadata)) }
        var plain = record
        plain[plain.count - 14] = 0
        #expect(batch.records.map { Array($0) } == [plain])
        let strange: [UInt8] = [6, 1, 2, 3] + text("X") + text("y") + text("HELP") + text("h") + text("UNIT") + text("u")
        let odd = try strange.withUnsafeBytes { try WALMetadata.decode($0) }
        #expect(odd == [WALMetadata(reference: 1, metadata: Metadata(type: .gauge, help: "h", unit: "u"))])
    }
}
