import AggregateFuzz
import Chunks
import CodecBenchmark
import Model
import TestKit
import Testing

@Suite("Chunks of windows")
struct AggregateRoundTrips {
    @Test("random windows of floats read back as they were, whole and in parts")
    func floats() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        for _ in 0..<300 {
            var maker = WindowMaker(&random)
            let (windows, resolution) = maker.windows(atMost: 600)
            do { _ = try AggregateFuzz.check(windows, resolution) } catch { Issue.record("seed \(seed): \(error)") }
        }
    }

    @Test("random windows of native histograms read back as they were")
    func histograms() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        for _ in 0..<100 {
            var maker = WindowMaker(&random)
            let (windows, resolution) = maker.histograms(atMost: 300)
            do { _ = try AggregateFuzz.check(windows, resolution) } catch { Issue.record("seed \(seed): \(error)") }
        }
    }

    @Test("damaged chunks give windows in order or an error, the same each time")
    func damage() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var fuzz = AggregateFuzz(seed: seed)
        for _ in 0..<3000 {
            do {
                if let chunk = try fuzz.next() { try fuzz.check(chunk) }
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
        #expect(fuzz.read > 100 && fuzz.refused > 100 && fuzz.faults.count >= 8, "seed \(seed): \(fuzz.faults)")
    }

    @Test(
        "what a chunk cannot be is refused with its place",
        arguments: [
            ([], 0, "ends within its header"),
            ([0, 1, 0x10, 1, 0, 1, 0, 1, 2] + zeros, 3, "flags"),
            ([0, 1, 0, 0, 0, 1, 0, 1, 2] + zeros, 4, "resolution"),
            // Two windows of which the second ends before the first.
            ([0, 2, 0, 10, 0, 1, 3, 1, 2] + zeros, 7, "cannot follow"),
            ([0, 1, 0, 10, 0, 1, 0, 1, 1] + zeros, 9, "fewer than no samples"),
            ([0, 1, 0, 10, 0, 1, 0, 1, 2, 1, 20, 1, 0] + zeros, 13, "outside of their window"),
            ([0, 1, 0, 10, 0, 1, 0, 1, 2, 1, 0, 1, 18, 16, 0, 0] + zeros, 14, "values of form 16"),
            ([0, 1, 0, 10, 0, 1, 0, 1, 2, 1, 0, 1, 18, 0, 1, 0] + zeros, 16, "ends before"),
            ([0, 1, 0, 10, 0, 1, 0, 1, 2, 1, 0, 1, 18, 0, 1, 0, 0, 3, 0, 57, 0] + zeros, 20, "integers of 57 bits"),
            // More than 2^53 samples.
            ([0, 1, 0, 10, 0, 1, 0, 8, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20] + zeros, 16, "too many"),
            ([0, 1, 0, 10, 0, 1, 0, 1, 2, 1, 0, 1, 18, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 9] + zeros, 30, "behind the last"),
        ] as [([UInt8], Int, String)])
    func refusal(_ bytes: [UInt8], _ offset: Int, _ reason: String) {
        let column = AggregateColumn()
        column.append(Aggregate(Sample(time: 1, value: 1)))
        let error = #expect(throws: ChunkError.self) { try bytes.withUnsafeBytes { try AggregateChunk.decode($0, into: column) } }
        #expect(error?.offset == offset && error?.reason.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
        #expect(column.count == 1)
    }

    private static let zeros = [UInt8](repeating: 0, count: 7)

    @Test("to readers of samples windows are their last ones and closing stale markers")
    func lastSamples() throws {
        let column = AggregateColumn()
        for k in Int64(1)...3 {
            var window = Aggregate(Sample(time: k * 300_000 - 5000, value: Double(k)))
            window.end = k * 300_000
            if k == 2 { window.staleTime = 599_000 }
            column.append(window)
        }
        column.append(Aggregate(end: 1_200_000, staleTime: 1_000_000))
        let chunk = AggregateChunk.encode(column, 0..<4, resolution: 300_000)[0]
        let samples = SampleColumn()
        try chunk.bytes.withUnsafeBytes { try ChunkDecoder.decode($0, chunk.encoding, from: 296_000, through: 1_000_000, into: samples) }
        #expect((0..<samples.count).map { samples.times[$0] } == [595_000, 599_000, 895_000, 1_000_000])
        #expect((0..<samples.count).map { StaleMarker.isStale(samples.values[$0]) } == [false, true, false, true])
    }

    /// A year of a series: 8,640 windows of 5m, 8,760 of 1h, and 40,320 raw samples of 2.2 bytes have 0.40 MB.
    @Test("windows of the usual mix of series take twelve bytes at most", arguments: [300_000, 3_600_000] as [Int64])
    func size(resolution: Int64) throws {
        var mean = 0.0
        for shape in Shape.allCases {
            let measured = try WindowMeasurement(WindowWorkload(shape, series: 5, resolution: resolution), rounds: 1)
            mean += measured.bytesPerWindow * shape.share / 100
        }
        #expect(mean > 0.1 && mean < 12)
    }
}
