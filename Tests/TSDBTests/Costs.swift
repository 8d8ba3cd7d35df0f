import Glibc
import Model
import Runtime
import TSDB
import Testing

/// Small figures so that the code never rots; `MARTLET_BENCH=1` in a release build gives those that count.
@Suite(.serialized) struct Costs {
    private let large = Measuring.large

    private func series(_ i: Int) -> Labels {
        labels([
            "__name__": "metric_\(i % 200)", "job": "node", "instance": "host-\(i / 1000):9100", "device": "dev\(i % 1000 / 200)",
            "mode": "m\(i % 7)",
            "id": "\(i)",
        ])
    }

    private func refs(_ head: Head, _ count: Int) throws -> [SeriesRef] {
        var refs: [SeriesRef] = []
        var batch = AppendBatch()
        for start in stride(from: 0, to: count, by: 1000) {
            batch.removeAll()
            for i in start..<min(start + 1000, count) { batch.add(series(i), 0, Double(i)) }
            _ = try head.append(&batch)
            refs += (0..<min(1000, count - start)).compactMap { batch.reference(ofNew: $0) }
        }
        return refs
    }

    /// A counter that moves by a little, scraped with some jitter.
    private func fill(_ head: Head, _ refs: [SeriesRef], _ rounds: ClosedRange<Int>) throws {
        var batch = AppendBatch()
        for round in rounds {
            for start in stride(from: 0, to: refs.count, by: 1000) {
                batch.removeAll()
                for i in start..<min(start + 1000, refs.count) {
                    batch.add(refs[i], Timestamp(round * 15_000 + (i / 1000 &* 7 &+ round &* 13) % 5), Double(i + round * (i % 10)))
                }
                _ = try head.append(&batch)
            }
        }
    }

    @Test func appendAndReplay() throws {
        let path = try temporaryFolder()
        let files = RealFileSystem()
        defer { try? files.removeAll(path) }
        let count = large ? 100_000 : 1000
        let rounds = large ? 54 : 3
        do {
            let database = try openDatabase(files, path: path)
            let refs = try refs(database.head, count)
            let warm = try seconds { try fill(database.head, Array(refs.prefix(1000)), 1...100) }
            print("append, 100 batches of 1000: \(warm * 1e9 / 100_000) ns a sample")
            let all = try seconds { try fill(database.head, refs, 101...100 + rounds) }
            print("append, all series in turn: \(all * 1e9 / Double(rounds * count)) ns a sample")
            let select = try seconds { _ = try database.head.select(Selection(matchers: [], from: .min, through: .max)) }
            print("select of \(count) series: \(select * 1000) ms")
            let read = try seconds { _ = try database.head.answers() }
            print("select and read: \(read * 1000) ms")
        }
        let replay = try seconds {
            let stats = try openDatabase(files, path: path).head.stats
            #expect(stats.series == count)
            print("replay of \(stats.samples) samples in \(stats.series) series:")
        }
        print("\(replay) s")
    }

    @Test func memory() throws {
        let count = large ? 100_000 : 1000
        let base = resident()
        let head = freeHead()
        let refs = try refs(head, count)
        for (from, to) in [(1, 9), (10, 239)] {
            try fill(head, refs, from...to)
            print("\(to + 1) samples a series: \(head.stats.bytes / count) bytes by own count, \((resident() - base) / count) resident")
        }
        #expect(head.stats.bytes / count < (large ? 1200 : 2000))
    }
}
