import Model
import TSDB
import TestKit
import Testing

/// A log as a start reads it.
@Suite struct WALReplay {
    private struct StandingClock: Clock {
        func now() -> Timestamp { 1000 }
        func monotonic() -> Int64 { 0 }
    }

    @Test("however many records in a row are of kinds that are not read, those behind them are found", arguments: [1, 400, 40_000])
    func unknownKinds(_ count: Int) throws {
        let files = MemoryFileSystem()
        try files.makeFolder("data/wal")
        // Eight bytes each, so that none crosses a page.
        files.setContents("data/wal/00000000", Array(repeatElement(fragment(1, [99]), count: count).joined()))
        let known = WALBatch()
        LoggedBatch(series: [1: Labels([(name: "n", value: "1")])], samples: [LoggedSample(reference: 1, time: 1, bits: 1)]).fill(known)
        try WALWriter("data/wal", files).append(known)
        let database = try Database.open(path: "data", options: DatabaseOptions(), files: files, clock: StandingClock()) { _ in }
        #expect(database.head.stats.samples == 1)
    }

    @Test("a series without labels is found too, and files of others in the log's folder are left alone")
    func noLabels() throws {
        let files = MemoryFileSystem()
        let known = WALBatch()
        LoggedBatch(series: [1: Labels.empty], samples: [LoggedSample(reference: 1, time: 1, bits: 1)]).fill(known)
        try WALWriter("data/wal", files).append(known)
        for name in ["notes.tmp", "00000007.tmp", "checkpoint.00000003.tmp"] { files.setContents("data/wal/" + name, [1]) }
        let database = try Database.open(path: "data", options: DatabaseOptions(), files: files, clock: StandingClock()) { _ in }
        #expect(try database.source.select(Selection(matchers: [], from: .min, through: .max)).count == 1)
        #expect(try files.list("data/wal") == ["00000000", "notes.tmp"])
    }
}
