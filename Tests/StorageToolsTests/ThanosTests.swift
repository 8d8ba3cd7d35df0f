import Chunks
import Model
import StorageTools
import TSDB
import TestKit
import Testing

@Suite("Chunks of Thanos")
struct ThanosTests {
    @Test("every slot tells of every window, and the counter of the first and the last sample")
    func slots() throws {
        let windows = [
            window(1, times: (10_000, 290_000), (5, 20), sum: 100, extremes: (5, 20), count: 4),
            window(2, times: (310_000, 600_000), (25, 3), sum: 60, extremes: (1, 30), count: 5, lost: 30, resets: 1),
            Aggregate(end: 900_000, staleTime: 700_000),
            window(4, times: (1_000_000, 1_100_000), (2, 8), sum: 10, extremes: (2, 8), count: 2),
        ]
        let chunks = ThanosAggregateChunk.encode(windows)
        #expect(chunks.map(\.count) == [3] && chunks.map(\.range) == [TimeRange(from: 10_000, through: 1_100_000)])
        let slots = try floats(chunks[0])
        let times: [Timestamp] = [299_999, 599_999, 1_100_000]
        for (slot, values) in zip(slots, [[4, 5, 2], [100, 60, 10], [5, 1, 2], [20, 30, 8]] as [[Double]]) {
            #expect(slot == zip(times, values).map { Point(time: $0, value: $1) })
        }
        // 20; 5 more to 25; 3 and what came before the reset; the 2 of another reset, and 6 more.
        let counted = [
            Point(time: 10_000, value: 5), Point(time: 299_999, value: 20), Point(time: 599_999, value: 33), Point(time: 1_100_000, value: 41),
        ]
        #expect(slots[4] == counted + [Point(time: 1_100_000, value: 8)])
    }

    @Test("a counter goes on from its last number where a window ends without one")
    func nan() throws {
        let windows = [
            window(1, times: (10_000, 290_000), (5, .nan), sum: .nan, extremes: (5, 7), count: 3),
            window(2, times: (310_000, 590_000), (9, 10), sum: 19, extremes: (9, 10), count: 2),
        ]
        let counter = try floats(try #require(ThanosAggregateChunk.encode(windows).first))[4]
        #expect(counter.map(\.value) == [5, 5, 10, 10])
    }

    @Test("a counter read the way of Thanos increases by as much as its samples did, over chunks and resets")
    func increase() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        var (windows, level, increase, before): ([Aggregate], Double, Double, Double?) = ([], 0, 0, nil)
        for k in 1...500 {
            var folded: Aggregate?
            for i in 1...20 where random.below(5) > 0 {
                level = random.below(400) == 0 ? 3 : level + Double(random.below(50))
                if let before { increase += level < before ? level : level - before }
                before = level
                fold(Sample(time: Timestamp(k - 1) * 300_000 + Timestamp(i) * 15_000, value: level), &folded)
            }
            guard var window = folded, random.below(20) > 0 || k == 1 else { continue }
            window.end = Timestamp(k) * 300_000
            windows.append(window)
        }
        // What windows that are left out have counted is seen, unless there was a reset in them.
        let chunks = ThanosAggregateChunk.encode(windows)
        #expect(chunks.count == 4 && chunks.allSatisfy { $0.count > 100 && $0.count <= 140 }, "seed \(seed)")
        var (total, last, lastTime, expected) = (0.0, 0.0, Timestamp.min, 0.0)
        for point in try chunks.flatMap({ try floats($0)[4] }) {
            if point.time > lastTime { if lastTime > .min { total += point.value < last ? point.value : point.value - last } }
            (last, lastTime) = (point.value, point.time)
        }
        for (i, window) in windows.enumerated() {
            if i > 0 { expected += window.first < windows[i - 1].last ? window.first : window.first - windows[i - 1].last }
            expected += window.last - window.first + window.lost
        }
        #expect(total == expected && total <= increase, "seed \(seed)")
    }

    @Test("native histograms have counts, sums and a counter, and slots of length 0")
    func histograms() throws {
        let windows = (1...300).map { k in
            let schema: Int32 = k > 200 ? 1 : 2
            var window = HistogramAggregate(time: Timestamp(k) * 300_000, histogram(schema, UInt64(k * 10)))
            (window.count, window.firstTime, window.lastTime) = (2, window.end - 200_000, window.end - 100_000)
            window.last = histogram(schema, UInt64(k * 10 + 5))
            window.sum = histogram(schema, UInt64(k * 20 + 5)).fractions
            return window
        }
        let chunks = ThanosAggregateChunk.encode(windows)
        #expect(chunks.reduce(0) { $0 + $1.count } == 300 && chunks.allSatisfy { $0.count <= 140 })
        var next = 0
        for chunk in chunks {
            let slots = try self.slots(chunk)
            #expect(slots.map { $0?.encoding } == [.xor, .floatHistogram, nil, nil, .floatHistogram])
            let (sums, counter) = (try histograms(slots[1]), try histograms(slots[4]))
            #expect(sums.count == chunk.count && counter.count == chunk.count + 2)
            for i in 0..<chunk.count {
                #expect(sums.histograms[i].fractions.count == Double((next + i + 1) * 20 + 5))
                #expect(counter.histograms[i + 1].fractions.count == Double((next + i + 1) * 10 + 5))
            }
            #expect(counter.histograms[0].fractions.count == Double((next + 1) * 10))
            #expect(counter.times[chunk.count] == counter.times[chunk.count + 1])
            next += chunk.count
        }
    }

    // MARK: Reading slots

    private struct Point: Equatable {
        let time: Timestamp
        let value: Double
    }

    private func slots(_ chunk: ThanosAggregateChunk) throws -> [(encoding: ChunkEncoding, bytes: [UInt8])?] {
        var rest = chunk.bytes[...]
        let slots = try (0..<5).map { _ -> (ChunkEncoding, [UInt8])? in
            var (length, shift) = (0, 0)
            while let byte = rest.popFirst() {
                length |= Int(byte & 0x7f) << shift
                shift += 7
                if byte < 0x80 { break }
            }
            guard length > 0 else { return nil }
            let code = rest.popFirst()
            let encoding = ChunkEncoding(rawValue: try #require(code))
            defer { rest = rest.dropFirst(length) }
            return (encoding, Array(rest.prefix(length)))
        }
        #expect(rest.isEmpty)
        return slots
    }

    private func floats(_ chunk: ThanosAggregateChunk) throws -> [[Point]] {
        try slots(chunk).map { slot in
            let (encoding, bytes) = try #require(slot)
            let column = SampleColumn()
            try bytes.withUnsafeBytes { try ChunkDecoder.decode($0, encoding, into: column) }
            return (0..<column.count).map { Point(time: column.times[$0], value: column.values[$0]) }
        }
    }

    private func histograms(_ slot: (encoding: ChunkEncoding, bytes: [UInt8])?) throws -> HistogramColumn {
        let (encoding, bytes) = try #require(slot)
        let column = HistogramColumn()
        try bytes.withUnsafeBytes { try ChunkDecoder.decode($0, encoding, into: column) }
        return column
    }

    // MARK: Making windows

    private func window(
        _ number: Int64, times: (Timestamp, Timestamp), _ values: (Double, Double), sum: Double, extremes: (Double, Double), count: Int64,
        lost: Double = 0, resets: Int64 = 0
    ) -> Aggregate {
        var window = Aggregate(Sample(time: number * 300_000, value: sum))
        (window.firstTime, window.lastTime, window.first, window.last) = (times.0, times.1, values.0, values.1)
        (window.minimum, window.maximum, window.count, window.lost, window.resets) = (extremes.0, extremes.1, count, lost, resets)
        return window
    }

    private func fold(_ sample: Sample, _ window: inout Aggregate?) {
        guard var open = window else {
            window = Aggregate(sample)
            return
        }
        if sample.value < open.last { (open.lost, open.resets) = (open.lost + open.last, open.resets + 1) }
        (open.lastTime, open.last, open.count, open.sum) = (sample.time, sample.value, open.count + 1, open.sum + sample.value)
        (open.minimum, open.maximum) = (min(open.minimum, sample.value), max(open.maximum, sample.value))
        window = open
    }

    private func histogram(_ schema: Int32, _ count: UInt64) -> NativeHistogram {
        let layout = HistogramLayout(schema: schema, zeroThreshold: 0.001, positiveSpans: [BucketSpan(offset: 1, length: 1)])
        return .whole(Histogram(layout: layout, count: count, zeroCount: 0, sum: Double(count), positiveDeltas: [Int64(count)]))
    }
}
