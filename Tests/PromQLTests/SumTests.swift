import Model
import TestKit
import Testing

@testable import PromQL

/// Sums and means of windows, however long and however much they overlap.
@Suite struct SumTests {
    @Test(arguments: 1...14)
    func asAddedInOrder(_ seed: Int) {
        var random = SeededRandom(UInt64(seed))
        let column = SampleColumn()
        for i in 0..<2000 {
            let magnitude = [1.0, 1e-9, 1e12, 1e300, 1.7e308][random.below(seed % 5 + 1)]
            var value = Double(random.below(2001) - 1000) / 1000 * magnitude
            if seed % 7 == 3, random.below(400) == 0 { value = [Double.infinity, -.infinity, .nan][random.below(3)] }
            column.append(Timestamp(i * 1000 + random.below(900)), value)
        }
        let grid = StepGrid(from: 0, through: 2_100_000, step: Int64(random.below(60_000) + 500))
        let frame = WindowFrame(
            references: ReferenceTimes(first: 0, stride: grid.step, count: grid.count), range: Int64(random.below(400_000) + 1), grid: grid)
        let (sums, means) = (ScratchRow(steps: grid.count), ScratchRow(steps: grid.count))
        var (sum, mean) = (SumKernel(), MeanKernel())
        sum.sweep(column, frame, into: sums.row)
        mean.sweep(column, frame, into: means.row)
        frame.forEachWindow(of: column) { window in
            var (total, average) = (CompensatedSum(), CompensatedMean())
            for i in window.low..<window.high {
                total.add(column.values[i])
                average.add(column.values[i])
            }
            #expect(isClose(sums.row.values[window.step], total.value), "seed \(seed)")
            #expect(isClose(means.row.values[window.step], average.value), "seed \(seed)")
        }
    }

    /// Equal but for the last bit.
    private func isClose(_ a: Double, _ b: Double) -> Bool {
        a == b || (a.isNaN && b.isNaN) || a.nextUp == b || a.nextDown == b
    }
}
