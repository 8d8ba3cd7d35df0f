import Model
import TestKit
import Testing

@testable import TSDB

/// Exemplars in the head and its log.
@Suite struct HeadExemplarTests {
    private let requests = labels(["__name__": "requests_total", "path": "/"])
    private let errors = labels(["__name__": "errors_total"])

    private func trace(_ id: String, _ value: Double, _ time: Timestamp) -> Exemplar {
        Exemplar(labels: labels(["trace_id": id]), value: value, time: time)
    }

    private var options: DatabaseOptions {
        var options = DatabaseOptions()
        options.head.maxExemplars = 100
        return options
    }

    private func add(_ head: Head, _ series: Labels, _ time: Timestamp, _ exemplars: Exemplar...) throws {
        var batch = AppendBatch()
        let index = batch.add(series, time, Double(time))
        for exemplar in exemplars { batch.add(exemplar, toNew: index) }
        _ = try head.append(&batch)
    }

    /// `series: id=value@time …`, all there are.
    private func found(_ source: any SeriesSource, _ matchers: [Matcher] = []) throws -> [String] {
        try source.exemplars([matchers], from: .min, through: .max).map { series in
            series.labels.description + ":" + series.exemplars.map { " \($0.labels["trace_id"] ?? "")=\($0.value)@\($0.time)" }.joined()
        }
    }

    @Test func theyComeWithTheirSamples() throws {
        var options = HeadOptions()
        options.maxExemplars = 3
        let head = freeHead(options)
        try add(head, requests, 10, trace("a", 0.5, 9), trace("b", 0.7, 10))
        try add(head, errors, 10, trace("c", 1, 4))
        #expect(try found(head) == ["errors_total: c=1.0@4", #"requests_total{path="/"}: a=0.5@9 b=0.7@10"#])
        #expect(try found(head, [Matcher(name: "path", equals: "/")]) == [#"requests_total{path="/"}: a=0.5@9 b=0.7@10"#])
        // Repeated, older and new: the oldest has to go.
        try add(head, requests, 20, trace("b", 0.7, 10))
        try add(head, requests, 30, trace("d", 0.1, 8), trace("e", 0.1, 30))
        #expect(try found(head) == ["errors_total: c=1.0@4", #"requests_total{path="/"}: b=0.7@10 e=0.1@30"#])
        let stats = head.exemplarStats
        #expect(stats.appended == 4 && stats.outOfOrder == 1 && stats.kept == 3 && stats.series == 2 && stats.limit == 3 && stats.oldestTime == 10)
        head.setExemplarLimit(1)
        #expect(try found(head) == [#"requests_total{path="/"}: e=0.1@30"#])
        head.setExemplarLimit(0)
        try add(head, requests, 40, trace("f", 1, 40))
        #expect(try found(head).isEmpty && !head.keepsExemplars)
    }

    @Test func withoutASeriesThereIsNone() throws {
        var options = HeadOptions()
        options.maxExemplars = 10
        options.outOfOrderWindow = 0
        let head = Head(options: options, clock: FixedClock())
        // Its only sample is of the future, so that there is no such series.
        try add(head, errors, 1 << 50, trace("a", 1, 1))
        #expect(try found(head).isEmpty)
        // A refused sample of a series that is there does not take its exemplar with it.
        try add(head, requests, 10)
        try add(head, requests, 5, trace("b", 1, 5))
        #expect(try found(head) == [#"requests_total{path="/"}: b=1.0@5"#])
    }

    @Test func afterARestartTheyAreThere() throws {
        let files = MemoryFileSystem()
        var database = try openDatabase(files, options)
        try add(database.head, requests, 10, trace("a", 0.5, 9), trace("b", .infinity, 10))
        try add(database.head, errors, 20, trace("é", -1, 20))
        // Nothing but an exemplar is new.
        try add(database.head, errors, 20, trace("c", -1, 21))
        let before = try found(database.source)
        #expect(before.count == 2)
        try database.close()
        database = try openDatabase(files, options)
        #expect(try found(database.source) == before)
        // What the page says again is known.
        try add(database.head, requests, 30, trace("b", .infinity, 10))
        #expect(try found(database.source) == before)
        try database.close()
        // Who does not keep them loses none of those in the log.
        try openDatabase(files).close()
        #expect(try found(openDatabase(files, options).source) == before)
    }

    /// Two with the same labels and value but times of their own, and one that a page repeated without a time.
    @Test func timesOfTheirOwnAreToldApartAfterARestartToo() throws {
        let files = MemoryFileSystem()
        let database = try openDatabase(files, options)
        try add(database.head, requests, 10, trace("a", 1, 9))
        try add(database.head, requests, 20, trace("a", 1, 19))
        let untimed = Exemplar(labels: labels(["trace_id": "u"]), value: 1, time: 30, isTimed: false)
        try add(database.head, errors, 30, untimed)
        try database.close()
        let again = try openDatabase(files, options)
        var repeated = untimed
        repeated.time = 40
        try add(again.head, errors, 40, repeated)
        #expect(try found(again.source) == ["errors_total: u=1.0@30", #"requests_total{path="/"}: a=1.0@9 a=1.0@19"#])
    }

    @Test func theyOutliveTheirSeries() throws {
        let files = MemoryFileSystem()
        let database = try openDatabase(files, options)
        try add(database.head, requests, 10, trace("a", 0.5, 9))
        database.head.truncate(before: 100)
        #expect(database.head.stats.series == 0)
        try add(database.head, requests, 110, trace("a", 0.5, 9), trace("b", 1, 109))
        #expect(try found(database.source) == [#"requests_total{path="/"}: a=0.5@9 b=1.0@109"#])
        #expect(database.head.exemplarStats.series == 1)
    }

    /// The checkpoint has those of its time; those that are older are in it no more.
    @Test func aCheckpointKeepsTheYoung() throws {
        let files = MemoryFileSystem()
        let days = DatabaseBlocksTests()
        let clock = TurnedClock(DatabaseBlocksTests.start)
        var options = options
        options.walSegmentSize = 2 << 10
        let database = try days.open(files, clock, options)
        for hour in 0..<Int64(20) {
            try days.fill(database, clock, hour, hour + 1)
            try add(database.head, requests, clock.now(), trace("\(hour)", 1, clock.now()))
        }
        #expect(database.status.counts.checkpoints > 0)
        let before = try database.source.exemplars([[]], from: .min, through: .max)
        #expect(before.map(\.exemplars.count) == [20])
        let floor = database.head.floor
        try database.close()
        let again = try days.open(files, clock, options)
        let after = try again.source.exemplars([[]], from: .min, through: .max)
        #expect(after.map(\.labels) == [requests])
        #expect(after.first?.exemplars.map(\.time) == before.first?.exemplars.map(\.time).filter { $0 >= floor })
        #expect(after.first?.exemplars.count ?? 0 >= 2)
    }

    /// As Prometheus 3.5 writes them.
    @Test func recordsHavePrometheussBytes() throws {
        let start: [UInt8] = [4, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0x01, 0x8b, 0xcf, 0xe6, 0x52, 0x60]
        let first: [UInt8] = [0, 0, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0, 1, 8] + Array("trace_id".utf8) + [2] + Array("ab".utf8)
        let second: [UInt8] = [1, 0xd0, 0x0f, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0, 0]
        let record = start + first + second
        let found = try record.withUnsafeBytes { try WALExemplar.decode($0) }
        #expect(found.map(\.reference) == [7, 6] && found.map(\.exemplar.time) == [1_700_000_060_000, 1_700_000_061_000])
        #expect(found.map(\.exemplar.value) == [0.5, -1] && found.map(\.exemplar.labels) == [labels(["trace_id": "ab"]), .empty])
        let batch = WALBatch()
        for one in found { batch.addExemplar(one.reference, one.exemplar) }
        #expect(batch.records.map { Array($0) } == [record])
    }
}
