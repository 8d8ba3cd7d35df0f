import Model
import TestKit
import Testing

@testable import TSDB

/// What it costs when all series are replaced again and again; `MARTLET_BENCH=1` in a release build gives the figures that count.
@Suite(.serialized) struct StaleSeriesCosts {
    private func pod(_ round: Int, _ i: Int) -> Labels {
        labels(["__name__": "metric_\(i % 200)", "job": "app", "instance": "host-\(i / 1000):9100", "pod": "app-\(round)-\(i / 100)", "id": "\(i)"])
    }

    @Test func churn() throws {
        let path = try temporaryFolder()
        let files = RealFileSystem()
        defer { try? files.removeAll(path) }
        let (count, rounds) = Measuring.large ? (100_000, 12) : (500, 3)
        let clock = TurnedClock(DatabaseBlocksTests.start)
        var options = DatabaseOptions()
        options.staleSeriesMinimum = 100
        let database = try Database.open(path: path, options: options, files: files, clock: clock, report: { _ in })
        for round in 0..<rounds {
            try deploy(database.head, clock, round, count)
            clock.set(clock.now() + 6 * 60_000)
            try database.head.add(labels(["__name__": "up"]), (clock.now(), 1))
            let look = try seconds { _ = database.head.countEnded(by: clock.now() - 300_000) }
            let before = database.head.stats.series
            let took = try seconds { database.maintain() }
            let stats = database.head.stats
            print(
                "round \(round): a look \(look * 1e9 / Double(before)) ns a series, \(before) → \(stats.series) series in \(took) s;",
                "\(stats.bytes >> 10) KiB by own count, \(resident() >> 10) KiB resident")
            #expect(stats.series <= 2)
        }
        #expect(database.status.counts.staleCompactions == rounds)
    }

    /// All series of a round for four minutes, then their end.
    private func deploy(_ head: Head, _ clock: TurnedClock, _ round: Int, _ count: Int) throws {
        var batch = AppendBatch()
        var references: [SeriesRef] = []
        for step in 0..<17 {
            clock.set(clock.now() + 15_000)
            for start in stride(from: 0, to: count, by: 1000) {
                batch.removeAll()
                let slice = start..<min(start + 1000, count)
                for i in slice {
                    let value = step == 16 ? StaleMarker.value : Double(i + step)
                    if step == 0 { batch.add(pod(round, i), clock.now(), value) } else { batch.add(references[i], clock.now(), value) }
                }
                _ = try head.append(&batch)
                if step == 0 { references += slice.indices.compactMap { batch.reference(ofNew: $0 - start) } }
            }
        }
    }
}
