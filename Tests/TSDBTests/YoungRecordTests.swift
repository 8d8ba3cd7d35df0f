import Model
import TestKit
import Testing

@testable import TSDB

/// Records that only Prometheus writes, or that only a younger one does: read as it reads them, and refused where they are damaged.
@Suite struct YoungRecordTests {
    /// A sample with a start time, 0 for none.
    private struct Started {
        var reference: UInt64
        var time: Timestamp
        var start: Timestamp
        var value: Double
    }

    /// Writes the forms with start times, which the program itself only reads.
    private struct Writer {
        var bytes: [UInt8]

        init(_ kind: UInt8) { bytes = [kind] }

        mutating func signed(_ value: Int64) {
            var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
            while rest >= 0x80 {
                bytes.append(UInt8(rest & 0x7f) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }

        mutating func word(_ value: UInt64) { for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (56 - 8 * shift))) } }

        mutating func place(_ sample: Started, before: Started?, first: Started) {
            guard let before else {
                signed(Int64(bitPattern: sample.reference))
                signed(sample.time)
                return signed(sample.start)
            }
            signed(Int64(bitPattern: sample.reference &- before.reference))
            signed(sample.time &- first.time)
            bytes.append(sample.start == 0 ? 0 : sample.start == before.start ? 1 : 2)
            if bytes.last == 2 { signed(sample.start &- first.start) }
        }

        static func floats(_ samples: [Started]) -> [UInt8] {
            var writer = Writer(11)
            for (at, sample) in samples.enumerated() {
                writer.place(sample, before: at > 0 ? samples[at - 1] : nil, first: samples[0])
                writer.word(sample.value.bitPattern)
            }
            return writer.bytes
        }

        static func histograms(_ samples: [Started], _ kind: UInt8, _ histogram: (Started) -> NativeHistogram) -> [UInt8] {
            var writer = Writer(kind)
            for (at, sample) in samples.enumerated() {
                writer.place(sample, before: at > 0 ? samples[at - 1] : nil, first: samples[0])
                let batch = WALBatch()
                batch.addHistogram(0, 0, histogram(sample))
                // Behind the kind, the first reference and time, and two distances of nothing.
                writer.bytes += Array(batch.records[0]).dropFirst(1 + 16 + 2)
            }
            return writer.bytes
        }
    }

    private func samples(_ random: inout SeededRandom, _ count: Int) -> [Started] {
        (0..<count).map { i in
            let wild = random.below(8) == 0
            let start: Timestamp = random.below(3) == 0 ? 0 : 1_699_999_000_000 + Int64(random.below(3))
            return Started(
                reference: wild ? random.next() : UInt64(1 + random.below(20)),
                time: wild ? Int64(bitPattern: random.next()) : 1_700_000_000_000 + Int64(i), start: start, value: Double(random.below(1000)))
        }
    }

    @Test(arguments: 0..<UInt64(rounds(20))) func samplesWithStartTimes(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let wanted = samples(&random, random.below(200))
        let found = WALSamples()
        try Writer.floats(wanted).withUnsafeBytes { try found.decode($0) }
        #expect(found.count == wanted.count)
        for (at, sample) in wanted.enumerated() {
            #expect(found.references[at] == sample.reference && found.times[at] == sample.time && found.values[at] == sample.value)
        }
    }

    @Test(arguments: [UInt8(12), 13]) func histogramsWithStartTimes(kind: UInt8) throws {
        let histogram = kind == 12 ? Self.whole : Self.fractional
        var random = SeededRandom(UInt64(kind))
        let wanted = samples(&random, 100)
        let found = try Writer.histograms(wanted, kind) { histogram($0.value) }.withUnsafeBytes { try WALHistogram.decode($0) }
        #expect(found.map(\.reference) == wanted.map(\.reference) && found.map(\.time) == wanted.map(\.time))
        #expect(zip(found, wanted).allSatisfy { $0.histogram.isSameSample(as: histogram($1.value)) })
    }

    /// Custom bounds and others in one record, which only the younger form has.
    private static let whole: @Sendable (Double) -> NativeHistogram = { value in
        let layout =
            Int(value) % 2 == 0
            ? HistogramLayout(schema: -53, positiveSpans: [BucketSpan(offset: 0, length: 2)], customValues: [0.5])
            : HistogramLayout(schema: 2, zeroThreshold: 0x1p-128, positiveSpans: [BucketSpan(offset: -3, length: 2)])
        return .whole(Histogram(layout: layout, count: UInt64(value) * 2, sum: value, positiveDeltas: [Int64(value), 0]))
    }

    private static let fractional: @Sendable (Double) -> NativeHistogram = { value in
        let layout = HistogramLayout(schema: 3, positiveSpans: [BucketSpan(offset: 7, length: 1)])
        return .fractional(FloatHistogram(layout: layout, count: value, sum: value, positiveCounts: [value]))
    }

    /// A folder that such a Prometheus leaves: all is there, and is there still when a checkpoint has been written.
    @Test func aLogWithThemIsReplayed() throws {
        let files = MemoryFileSystem()
        let days = DatabaseBlocksTests()
        let clock = TurnedClock(DatabaseBlocksTests.start)
        let start = DatabaseBlocksTests.start
        let writer = try WALWriter("data/wal", files)
        let series = WALBatch()
        for (reference, name) in [(1, "floats"), (2, "whole"), (3, "fractional")] as [(UInt64, String)] {
            series.addSeries(reference, labels(["__name__": name]))
        }
        try writer.append(series)
        func logged(_ reference: UInt64) -> [Started] {
            (0..<60).map { Started(reference: reference, time: start + $0 * 60_000, start: start, value: Double($0)) }
        }
        for record in [
            Writer.floats(logged(1)), Writer.histograms(logged(2), 12) { Self.whole($0.value) },
            Writer.histograms(logged(3), 13) { Self.fractional($0.value) },
        ] { try record.withUnsafeBytes { try writer.append($0) } }
        try writer.sync()
        var options = DatabaseOptions()
        options.walSegmentSize = 2 << 10
        options.staleSeriesThreshold = 0
        let database = try days.open(files, clock, options)
        func check(_ source: any SeriesSource) throws {
            let set = try source.select(Selection(matchers: [try Matcher(.notEqual, "__name__", "m")], from: .min, through: .max))
            #expect((0..<set.count).map { set.labels($0).metricName } == ["floats", "fractional", "whole"])
            let (floats, histograms) = (SampleColumn(), HistogramColumn())
            for at in 0..<set.count {
                try set.read(at, from: .min, through: .max, into: floats)
                try set.readHistograms(at, from: .min, through: .max, into: histograms)
            }
            #expect(floats.count == 60 && histograms.times.count == 120)
            #expect(floats.values[59] == 59 && histograms.histograms[119].isSameSample(as: Self.whole(59)))
        }
        try check(database.source)
        try days.fill(database, clock, 1, 9)
        #expect(database.status.counts.checkpoints > 0)
        try check(database.source)
        try database.close()
        try check(days.open(files, clock, options).source)
    }

    /// Whatever is changed in them, records are read or refused, with the place.
    @Test func damagedRecordsAreRefused() {
        var random = SeededRandom(4)
        let batch = WALBatch()
        for i in 1...9 {
            let trace = labels(["trace_id": String(repeating: "x", count: i * 3), "é": "z"])
            batch.addExemplar(UInt64(i), Exemplar(labels: trace, value: Double(i), time: Timestamp(i)))
            batch.addMetadata(UInt64(i), WALMetadata.encode(Metadata(type: .gauge, help: "help \(i)", unit: "é")))
        }
        let started = samples(&random, 20)
        let records =
            batch.records.map { Array($0) } + [
                Writer.floats(started), Writer.histograms(started, 12) { Self.whole($0.value) },
                Writer.histograms(started, 13) { Self.fractional($0.value) },
            ]
        #expect(records.map(\.first) == [6, 4, 11, 12, 13])
        let floats = WALSamples()
        var refused = 0
        for record in records {
            for _ in 0..<mutationRounds(usual: 3000) {
                var bytes = record
                for _ in 0...random.below(3) { bytes[1 + random.below(bytes.count - 1)] = UInt8(random.below(256)) }
                if random.below(3) == 0 { bytes.removeLast(random.below(bytes.count)) }
                // Exactly as long, so that reading beyond it would be found.
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
                defer { memory.deallocate() }
                memory.copyBytes(from: bytes)
                let record = UnsafeRawBufferPointer(memory)
                do throws(WALRecordError) {
                    switch WALRecordKind(of: record)?.content {
                    case .exemplars: for one in try WALExemplar.decode(record) { _ = one.exemplar.labels.description }
                    case .metadata: _ = try WALMetadata.decode(record)
                    case .samples: try floats.decode(record)
                    case .histograms: for one in try WALHistogram.decode(record) { #expect(one.histogram.isAcceptable) }
                    default: break
                    }
                } catch {
                    refused += 1
                    #expect(error.offset <= bytes.count && !error.reason.isEmpty)
                }
            }
        }
        #expect(refused > 1000)
    }
}
