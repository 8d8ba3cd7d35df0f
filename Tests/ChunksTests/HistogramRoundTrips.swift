import Chunks
import Model
import TestKit
import Testing

@Suite("Histogram chunks: what goes in comes out")
struct HistogramRoundTrips {
    private func samples(_ seed: UInt64, _ count: Int) -> [(Timestamp, NativeHistogram)] {
        var random = SeededRandom(seed)
        var histograms = RandomHistograms(random)
        var time = Timestamp(random.below(1 << 42)) - (1 << 41)
        return (0..<count).map { _ in
            time += 1 + Timestamp(random.below(30_000))
            return (time, histograms.next())
        }
    }

    @Test("random series of many shapes", arguments: 0..<60 as Range<UInt64>)
    func random(seed: UInt64) throws {
        let samples = samples(seed, 80)
        for (_, histogram) in samples { try histogram.check() }
        let column = HistogramColumn()
        for chunk in encode(samples) {
            #expect(column.times.last.map { $0 < chunk.firstTime } ?? true)
            try decodeHistograms(chunk.bytes, chunk.encoding, into: column)
            #expect(column.times.last == chunk.lastTime)
        }
        #expect(column.times == samples.map(\.0), "seed \(seed)")
        for (read, (_, sent)) in zip(column.histograms, samples) {
            #expect(contents(read) == contents(sent), "seed \(seed)")
            try read.check()
        }
    }

    @Test("only histograms between the bounds, both included")
    func bounds() throws {
        let samples = (0..<10).map { (Timestamp($0 * 10), NativeHistogram.whole(simple(UInt64($0) + 1))) }
        guard let chunk = encode(samples).first else { return }
        for (from, through, times) in [(10, 30, [10, 20, 30]), (11, 29, [20]), (-5, 0, [0]), (91, 99, [])] as [(Timestamp, Timestamp, [Timestamp])] {
            let column = HistogramColumn()
            try chunk.bytes.withUnsafeBytes { try ChunkDecoder.decode($0, chunk.encoding, from: from, through: through, into: column) }
            #expect(column.times == times)
        }
    }

    @Test("hints tell what is known: the first of a chunk may be a reset, those behind it are none")
    func hints() throws {
        let counts: [UInt64] = [5, 6, 2, 3]
        let column = HistogramColumn()
        for chunk in encode(counts.enumerated().map { (Timestamp($0), .whole(simple($1))) }) {
            try decodeHistograms(chunk.bytes, chunk.encoding, into: column)
        }
        #expect(column.histograms.map(\.hint) == [.unknown, .noReset, .reset, .noReset])
    }

    @Test("what begins a chunk, and what its flags say")
    func beginnings() {
        var wide = simple(10)
        wide.layout.zeroThreshold = 1
        var fine = simple(10)
        fine.layout.schema = 2
        var gauge = simple(10)
        gauge.hint = .gauge
        var reset = simple(10)
        reset.hint = .reset
        var moved = simple(10)
        moved.layout.positiveSpans = [BucketSpan(offset: 7, length: 1)]
        let table: [(String, NativeHistogram, UInt8?)] = [
            ("more", .whole(simple(11)), nil), ("fewer", .whole(simple(9)), 0x80), ("another threshold", .whole(wide), 0),
            ("another schema", .whole(fine), 0), ("a gauge", .whole(gauge), 0xc0), ("a reset by its hint", .whole(reset), 0x80),
            ("a bucket that is gone", .whole(moved), 0x80), ("fractions", .fractional(FloatHistogram(simple(11))), 0),
            ("a stale marker", .whole(.staleMarker), nil),
        ]
        for (name, next, flags) in table {
            var builder = HistogramChunkBuilder()
            #expect(builder.append(1, .whole(simple(10))) == nil)
            let finished = builder.append(2, next)
            #expect((finished != nil) == (flags != nil), "\(name)")
            if let flags { #expect(builder.chunk?.bytes[2] == flags, "\(name)") }
        }
    }

    @Test("behind a stale marker a chunk takes stale markers alone")
    func stale() {
        var builder = HistogramChunkBuilder()
        _ = builder.append(1, .whole(simple(10)))
        #expect(builder.append(2, .whole(.staleMarker)) == nil)
        #expect(builder.append(3, .whole(.staleMarker)) == nil)
        #expect(builder.append(4, .whole(simple(10)))?.count == 3)
    }

    @Test("a chunk asked for continues the one before; one is never made far longer by a wide histogram")
    func cutting() {
        var builder = HistogramChunkBuilder()
        _ = builder.append(0, .whole(simple(1)))
        #expect(builder.append(1, .whole(simple(2)), cutting: true)?.count == 1)
        #expect(builder.chunk?.bytes[2] == 0x40)
        for i in 2..<200 { _ = builder.append(Timestamp(i), .whole(simple(UInt64(i) + 1))) }
        var wide = simple(1000)
        wide.layout.positiveSpans = [BucketSpan(offset: 0, length: 10_000)]
        wide.positiveDeltas = [1000] + [Int64](repeating: 0, count: 9999)
        wide.count = 10_000_000
        #expect(builder.append(500, .whole(wide))?.count == 199)
    }

    private func simple(_ count: UInt64) -> Histogram {
        let layout = HistogramLayout(schema: 1, zeroThreshold: 0.5, positiveSpans: [BucketSpan(offset: 0, length: 1)])
        return Histogram(layout: layout, count: count, sum: Double(count), positiveDeltas: [Int64(count)])
    }

    @Test("a chunk cut anywhere is refused, or its rest was padding")
    func cuts() throws {
        for chunk in encode(samples(3, 30)) {
            for length in 0..<chunk.bytes.count {
                let column = HistogramColumn()
                #expect(throws: ChunkError.self, "cut at \(length)") {
                    try decodeHistograms(Array(chunk.bytes[..<length]), chunk.encoding, into: column)
                }
                #expect(column.count == 0)
            }
        }
    }

    @Test("mutated chunks never crash and leave the column alone when refused")
    func mutations() {
        var random = SeededRandom(8)
        let chunks = (0..<20).flatMap { encode(samples($0, 12)) }
        for _ in 0..<3000 {
            let chunk = chunks[random.below(chunks.count)]
            var bytes = chunk.bytes
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            let column = HistogramColumn()
            do {
                try decodeHistograms(bytes, ChunkEncoding(rawValue: UInt8(random.below(5))), into: column)
                for histogram in column.histograms { _ = histogram.fractions }
            } catch {
                #expect(column.count == 0)
            }
        }
    }
}
