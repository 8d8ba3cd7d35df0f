import Glibc
import Model
import Runtime
import TSDB

/// Writes a made-up past as blocks, such as any Prometheus reads. Equal arguments give equal samples.
///
///     HistoryWriter FOLDER shapes|mix SERIES SECONDS DAYS END HOURS SEED
///
/// SERIES series with a sample every SECONDS, over DAYS days before END (ms since 1970, itself excluded), in blocks of HOURS.
/// `shapes`: all that tiers may get wrong, see `Shape`. `mix`: what exporters have, see `Mix`.
@main
struct HistoryWriter {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.dropFirst(2).compactMap { Int64($0) }
        guard arguments.count == 8, numbers.count == 6, let past = Past(kind: arguments[1], numbers) else {
            print("usage: HistoryWriter FOLDER shapes|mix SERIES SECONDS DAYS END HOURS SEED")
            exit(2)
        }
        let (samples, blocks) = try past.write(into: arguments[0])
        print("\(samples) samples of \(past.count) series in \(blocks) blocks")
    }
}

/// What is to be written; times in milliseconds.
struct Past {
    let count: Int
    let interval: Int64
    let span: Range<Timestamp>
    private let duration: Int64
    private let seed: UInt64
    private var series: [any MadeSeries] = []

    /// Nil if the numbers make no sense.
    init?(kind: String, _ numbers: [Int64]) {
        let (seconds, days, end, hours) = (numbers[1], numbers[2], numbers[3], numbers[4])
        guard numbers[0] > 0, seconds > 0, days > 0, hours > 0, hours * 3600 % seconds == 0, end % (seconds * 1000) == 0 else { return nil }
        count = Int(numbers[0])
        interval = seconds * 1000
        span = end - days * 86_400_000..<end
        duration = hours * 3_600_000
        seed = UInt64(bitPattern: numbers[5])
        for number in 0..<count {
            switch kind {
            case "shapes": series.append(ShapedSeries(number, of: count, self.span, interval, seed))
            case "mix": series.append(MixedSeries(number, span.lowerBound, interval, seed))
            default: return nil
            }
        }
    }

    /// How many samples and blocks there are now.
    func write(into folder: String) throws -> (samples: Int, blocks: Int) {
        var series = series
        var random = Noise(seed)
        var (samples, blocks) = (0, 0)
        var from = span.lowerBound
        while from < span.upperBound {
            let end = min(span.upperBound, (from / duration + 1) * duration)
            var options = BlockBuilder.Options()
            options.blockDuration = duration
            let builder = try BlockBuilder(folder: folder, files: RealFileSystem(), options: options) {
                ULID(time: end, random: (random.next(), UInt16(truncatingIfNeeded: random.next())))
            }
            for index in series.indices { try series[index].write(from..<end, into: builder) }
            for meta in try builder.finish() {
                try RealFileSystem().replace("\(folder)/\(meta.ulid)/meta.json", with: Array(meta.asOfScrapes.utf8))
                blocks += 1
            }
            samples += builder.samples
            from = end
        }
        return (samples, blocks)
    }
}

extension BlockMeta {
    /// As a Prometheus writes it that has scraped all of this. A builder's own says that its samples did not come in order, and a server takes them for
    /// late ones.
    fileprivate var asOfScrapes: String {
        """
        {"ulid": "\(ulid)", "minTime": \(minTime), "maxTime": \(maxTime),
         "stats": {"numSamples": \(stats.samples), "numFloatSamples": \(stats.samples), "numSeries": \(stats.series), "numChunks": \(stats.chunks)},
         "compaction": {"level": 1, "sources": ["\(ulid)"]}, "version": 1}

        """
    }
}

protocol MadeSeries {
    /// Adds what comes in a stretch of time; stretches follow one another.
    mutating func write(_ span: Range<Timestamp>, into builder: BlockBuilder) throws
}

/// A small generator of its own: what is written must not change with a library.
struct Noise {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 0x1234_5678_9abc_def1 }

    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0..<bound
    @inline(__always)
    mutating func below(_ bound: Int64) -> Int64 { Int64((next() >> 33) % UInt64(bound)) }

    @inline(__always)
    mutating func isOne(of chances: Int64) -> Bool { below(chances) == 0 }
}
