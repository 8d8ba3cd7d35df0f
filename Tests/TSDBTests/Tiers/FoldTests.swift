import Model
import TestKit
import Testing

@testable import TSDB

@Suite struct FoldTests {
    private static let start: Timestamp = 1_700_006_400_000

    private func expectAgreement(_ found: [Aggregate], _ expected: [Aggregate], _ seed: Int, tolerance: Double = 1e-12) {
        #expect(found.count == expected.count, "seed \(seed)")
        for (a, b) in zip(found, expected) where !a.agrees(with: b, tolerance: tolerance) {
            Issue.record("seed \(seed): \(a) is not \(b)")
            return
        }
    }

    @Test("windows of random series are what the slow way finds", arguments: 0..<rounds(60))
    func againstReference(seed: Int) {
        var random = SeededRandom(UInt64(seed))
        for shape in RandomSeries.Shape.allCases {
            let samples = RandomSeries.samples(&random, shape, start: Self.start - 7_200_000, end: Self.start + 7_200_000)
            let column = RandomSeries.column(samples)
            for tier in Tier.allCases {
                let windows = AggregateColumn(capacity: 1)
                windows.fold(column.times, column.values, count: column.count, resolution: tier.resolution)
                expectAgreement(windows.all, referenceWindows(samples, tier.resolution), seed, tolerance: 0)
            }
        }
    }

    @Test("times before 1970 and at the edges of windows")
    func edges() {
        let times: [Timestamp] = [-600_000, -599_999, -300_001, -300_000, -1, 0, 1, 299_999, 300_000, 300_001]
        let samples = times.enumerated().map { Sample(time: $1, value: Double($0)) }
        let column = RandomSeries.column(samples)
        let windows = AggregateColumn()
        windows.fold(column.times, column.values, count: column.count, resolution: 300_000)
        #expect(windows.all.map(\.end) == [-600_000, -300_000, 0, 300_000, 600_000])
        #expect(windows.all.map(\.count) == [1, 3, 2, 3, 1])
    }

    @Test("of stale markers only those behind the last sample count, and of these the first")
    func staleMarkers() {
        let stale = StaleMarker.value
        let cases: [([Double], count: Int64, stale: Timestamp?)] = [
            ([1, stale], 1, 2), ([stale, 1], 1, nil), ([stale, stale], 0, 1), ([1, stale, 2], 2, nil), ([1, stale, stale], 1, 2),
            ([.nan, stale], 1, 2), ([stale, 1, stale, stale], 1, 3),
        ]
        for (values, count, staleTime) in cases {
            let column = RandomSeries.column(values.enumerated().map { Sample(time: Timestamp($0 + 1), value: $1) })
            let windows = AggregateColumn()
            windows.fold(column.times, column.values, count: column.count, resolution: 300_000)
            #expect(windows.all.map(\.count) == [count])
            #expect(windows[0].staleTime == staleTime, "\(values)")
        }
    }

    @Test("hours of five minutes are hours of samples", arguments: 0..<rounds(60))
    func twoSteps(seed: Int) {
        var random = SeededRandom(UInt64(seed) + 1000)
        for shape in RandomSeries.Shape.allCases {
            let samples = RandomSeries.samples(&random, shape, start: Self.start, end: Self.start + 21_600_000)
            let column = RandomSeries.column(samples)
            let (fine, coarse, direct) = (AggregateColumn(), AggregateColumn(), AggregateColumn())
            fine.fold(column.times, column.values, count: column.count, resolution: 300_000)
            coarse.fold(fine, 0..<fine.count, resolution: 3_600_000)
            direct.fold(column.times, column.values, count: column.count, resolution: 3_600_000)
            expectAgreement(coarse.all, direct.all, seed)
            // Samples as windows of one, too.
            let single = AggregateColumn(capacity: 1)
            single.append(column)
            coarse.removeAll()
            coarse.fold(single, 0..<single.count, resolution: 3_600_000)
            expectAgreement(coarse.all, direct.all, seed)
            // What is as coarse as that already stays as it is.
            let again = AggregateColumn()
            again.fold(direct, 0..<direct.count, resolution: 3_600_000)
            #expect(zip(again.all, direct.all).allSatisfy { $0.agrees(with: $1, tolerance: 0) })
        }
    }

    @Test("late samples come to the others of their windows, whatever their order", arguments: 0..<rounds(100))
    func merging(seed: Int) {
        var random = SeededRandom(UInt64(seed) + 2000)
        let shape = RandomSeries.Shape.allCases[random.below(RandomSeries.Shape.allCases.count)]
        let samples = RandomSeries.samples(&random, shape, start: Self.start, end: Self.start + 7_200_000)
        let share = random.below(10)
        let isLate = samples.map { _ in random.below(10) < share }
        let windows = AggregateColumn()
        for late in [false, true] {
            let column = RandomSeries.column(zip(samples, isLate).filter { $1 == late }.map(\.0))
            let start = windows.count
            windows.fold(column.times, column.values, count: column.count, resolution: 300_000)
            windows.mergeTail(from: start, into: 0)
        }
        let lateEnds = Set(zip(samples, isLate).filter(\.1).map { windowEnd($0.0.time, 300_000) })
        let otherEnds = Set(zip(samples, isLate).filter { !$0.1 }.map { windowEnd($0.0.time, 300_000) })
        let expected = referenceWindows(samples, 300_000)
        #expect(windows.all.map(\.end) == expected.map(\.end))
        for (var found, var whole) in zip(windows.all, expected) {
            #expect(found.isMerged == (lateEnds.contains(found.end) && otherEnds.contains(found.end)), "seed \(seed)")
            if found.isMerged {
                // A guess.
                (found.lost, found.resets, found.isMerged) = (0, 0, false)
                (whole.lost, whole.resets) = (0, 0)
            }
            #expect(found.agrees(with: whole), "seed \(seed): \(found) is not \(whole)")
        }
    }

    @Test("what was merged stays marked in coarser windows")
    func markSpreads() {
        let fine = AggregateColumn()
        for place in 1...24 {
            var window = Aggregate(Sample(time: Timestamp(place) * 300_000, value: 1))
            window.isMerged = place == 15
            fine.append(window)
        }
        let coarse = AggregateColumn()
        coarse.fold(fine, 0..<fine.count, resolution: 3_600_000)
        #expect(coarse.all.map(\.isMerged) == [false, true])
        #expect(coarse.all.map(\.count) == [12, 12])
    }

    @Test("counters that follow late ones without overlap are put together exactly")
    func disjointMerge() {
        let window = { (samples: [(Timestamp, Double)]) in referenceWindows(samples.map { Sample(time: $0, value: $1) }, 300_000)[0] }
        let early = window([(1000, 5), (2000, 9)])
        let late = window([(3000, 2), (4000, 1), (5000, 4)])
        for merged in [early.merged(with: late), late.merged(with: early)] {
            #expect((merged.lost, merged.resets) == (11, 2))
            #expect((merged.first, merged.last, merged.count, merged.sum) == (5, 4, 5, 21))
            #expect(merged.isMerged)
        }
    }
}
