import Glibc
import Model
import TestKit
import Testing

@testable import TSDB

/// What folding a block of two hours costs, of samples every 15 s. Small figures by default, so that the code never rots.
@Suite(.serialized) struct FoldCosts {
    private let files = RealFileSystem()
    private let series = Measuring.large ? 10_000 : 100
    private static let start: Timestamp = 1_700_006_400_000
    private static let hours = 2

    private func name(_ i: Int) -> Labels {
        labels([
            "__name__": "metric_\(i % 200)", "job": "node", "instance": "host-\(i / 1000):9100", "device": "dev\(i % 1000 / 200)",
            "mode": "m\(i % 7)", "id": "\(i)",
        ])
    }

    private func cpu() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

    /// A third of the values stands still, a third counts, the rest changes at random; `jitter` milliseconds around the grid.
    private func fill(_ head: Head, jitter: Int) throws {
        var random = SeededRandom(1)
        var values = [Double](repeating: 0, count: series)
        var references: [SeriesRef] = []
        for round in 0...Self.hours * 240 {
            let time = Self.start + Timestamp(round) * 15_000
            for first in stride(from: 0, to: series, by: 1000) {
                var batch = AppendBatch()
                let late = jitter > 0 ? Timestamp(random.below(jitter)) : 0
                for i in first..<min(first + 1000, series) {
                    let step = Double(random.below(256))
                    values[i] = i % 3 == 0 ? values[i] : i % 3 == 1 ? values[i] + step : (step - 128) / 100
                    if round == 0 { batch.add(name(i), time + late, values[i]) } else { batch.add(references[i], time + late, values[i]) }
                }
                _ = try head.append(&batch)
                if round == 0 { references += (0..<min(1000, series - first)).compactMap { batch.reference(ofNew: $0) } }
            }
        }
    }

    @Test(arguments: [0, 7]) func foldingABlock(jitter: Int) throws {
        let path = try temporaryFolder()
        defer { try? files.removeAll(path) }
        let head = freeHead()
        try fill(head, jitter: jitter)
        let (start, end) = (Self.start, Self.start + Timestamp(Self.hours) * 3_600_000)
        let cut = try head.cut(from: start, before: end) { cursor throws(StorageError) in
            try BlockWriter.write([cursor], BlockRequest(ulid: ULID(high: 1 << 40, low: 1), minTime: start, maxTime: end), into: path, files)
        }
        head.truncate(before: end)
        let raw = try openBlock(files, FilePath.join(path, "\(try #require(cut).ulid)"))
        let fine = try fold(.fiveMinutes, FoldInput([raw], head: head, start: start, end: end), path, jitter)
        _ = try fold(.hour, FoldInput([fine], start: start, end: end), path, jitter)
    }

    private func fold(_ tier: Tier, _ input: FoldInput, _ path: String, _ jitter: Int) throws -> Block {
        let before = cpu()
        let folder = FilePath.join(path, tier.rawValue)
        try files.makeFolder(folder)
        let request = TierRequest(
            ulid: ULID(high: 2 << 40, low: UInt64(tier.resolution)), tier: tier, start: input.start, end: input.end, inputs: [input])
        let meta = try TierWriter.write(request, into: folder, files)
        let samples = Double(series * Self.hours * 240)
        let block = try openBlock(files, FilePath.join(folder, "\(meta.ulid)"))
        print(
            "fold into \(tier.rawValue), jitter \(jitter) ms: \((cpu() - before) * 1e9 / samples) ns CPU a raw sample, "
                + "\(Double(block.bytes) / Double(meta.stats.samples)) bytes a window with the index")
        #expect(meta.stats.series == series)
        return block
    }

    @Test func theKernelAlone() throws {
        var random = SeededRandom(1)
        for shape in [RandomSeries.Shape.counter, .gauge, .constant] {
            let samples = RandomSeries.samples(&random, shape, start: Self.start, end: Self.start + 7_200_000)
            let column = RandomSeries.column(samples)
            let windows = AggregateColumn()
            let rounds = Measuring.large ? 100_000 : 10
            let before = cpu()
            for _ in 0..<rounds {
                windows.removeAll()
                windows.fold(column.times, column.values, count: column.count, resolution: 300_000)
            }
            print("folding a \(shape): \((cpu() - before) * 1e9 / Double(rounds * column.count)) ns a sample")
            #expect(windows.count == 24)
        }
    }
}
