import Model
import TSDB

/// What exporters have, of ten series: three do not change, three count whole numbers, one is a level, one counts seconds or is a level too, and two
/// are of classic histograms. Every target's samples have an offset of their own, in milliseconds.
///
/// Every fourth ten has the label `panel="yes"`: 50 series of 200.
struct MixedSeries: MadeSeries {
    private enum Look {
        case constant
        /// Grows by a byte of noise without its lowest bits, times a factor; shown after a division.
        case count(shift: UInt64, factor: Double, divisor: Double)
        /// Wanders between 0 and a span; also shown without its lowest bits.
        case level(span: Int64, coarse: Int64 = 0, factor: Double, divisor: Double)
    }

    private static let bounds = ["0.01", "0.05", "0.1", "0.5", "2.5", "+Inf"]
    private static let shares = [0.08, 0.45, 0.7, 0.93, 0.99, 1, 1, 1]

    private let labels: Labels
    private let look: Look
    private let interval: Int64
    private let offset: Int64
    private var noise: Noise
    private var level: Int64

    init(_ number: Int, _ start: Timestamp, _ interval: Int64, _ seed: UInt64) {
        let (ten, place) = number.quotientAndRemainder(dividingBy: 10)
        self.interval = interval
        offset = Int64(ten) * 331 % interval
        // The buckets of a histogram are of four tens, and share their noise.
        let part = place >= 8 ? ten % 4 * 2 + place - 8 : 0
        noise = Noise(seed &* 31 &+ UInt64(place >= 8 ? 1_000_000 + ten / 4 : number))
        level = 10_000 + noise.below(10_000_000)
        let shift = [0, 0, 2, 4, 6][Int(noise.below(5))] as UInt64
        let span = 2000 + noise.below(18_000)
        look =
            switch place {
            case 0, 1, 2: .constant
            case 3, 4: .count(shift: shift, factor: 1, divisor: 1)
            case 5: .count(shift: shift, factor: 1448, divisor: 1)
            case 6 where ten % 4 == 1: .level(span: span, coarse: 4, factor: 1, divisor: 10)
            case 6: .level(span: span, factor: ten % 2 == 0 ? 4096 : 1, divisor: ten % 2 == 0 ? 1 : 100)
            case 7 where ten % 4 < 3: .count(shift: shift, factor: 1, divisor: 100)
            case 7: .level(span: span, factor: 1, divisor: 7001)
            default: .count(shift: shift, factor: Self.shares[part], divisor: part == 7 ? 1000 : 1)
            }
        labels = Self.labels(number, ten, place, part)
    }

    private static func labels(_ number: Int, _ ten: Int, _ place: Int, _ part: Int) -> Labels {
        let names = [
            "size_bytes", "build_info", "slots", "requests_total", "packets_total", "traffic_bytes_total", "memory_bytes", "cpu_seconds_total",
        ]
        var pairs = [(name: "instance", value: "host-\(ten / 4):9100"), (name: "job", value: "history"), (name: "n", value: "\(number)")]
        let histogram = part == 7 ? "_sum" : part == 6 ? "_count" : "_bucket"
        pairs.append((name: "__name__", value: place < 8 ? names[place] : "request_duration_seconds" + histogram))
        if place >= 8, part < 6 { pairs.append((name: "le", value: bounds[part])) }
        if ten % 4 == 0 { pairs.append((name: "panel", value: "yes")) }
        return Labels(pairs.sorted { $0.name < $1.name })
    }

    mutating func write(_ span: Range<Timestamp>, into builder: BlockBuilder) throws {
        let series = builder.series(labels)
        for time in stride(from: span.lowerBound + offset, to: span.upperBound, by: Int(interval)) { try builder.add(series, time, next()) }
    }

    @inline(__always)
    private mutating func next() -> Double {
        switch look {
        case .constant: return Double(level) * 4096
        case .count(let shift, let factor, let divisor):
            level &+= Int64((noise.next() >> 56) >> shift)
            return (Double(level) * factor).rounded(.down) / divisor
        case .level(let span, let coarse, let factor, let divisor):
            level &+= Int64(noise.next() >> 56) - 127
            let folded = level % (2 * span)
            return Double(abs(abs(folded) - span) >> coarse) * factor / divisor
        }
    }
}
