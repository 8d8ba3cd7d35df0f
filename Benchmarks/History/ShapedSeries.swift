import Model
import TSDB

/// What values do that tiers may get wrong.
enum Shape: String, CaseIterable {
    /// Grows unevenly, with a reset once in a few days.
    case counter
    /// Grows by a quarter each second, for ever: its rate is known at any time, for gaps never grow by a tenth, where extrapolation would stop.
    case steady
    /// Resets at the edges of windows and blocks: at the sample that ends one, or at the next.
    case edges
    /// Wanders, in sixty-fourths, also below zero.
    case gauge
    /// All bits of its values change.
    case digits
    /// A sample every twenty minutes.
    case sparse
    /// Ten minutes of samples in about two hours, a counter.
    case bursts
    case constant
    /// Not a number now and then, and for whole hours.
    case notNumbers
    case infinities
    /// A counter whose samples are not there for hours and days.
    case gaps
    /// Ends with a stale marker, and comes back after minutes or at once.
    case stale
    /// Is there for a part of the time only; half of these end with a stale marker.
    case lives
    /// 0 or 1.
    case flag
}

/// A series of a shape; half of them have their samples on multiples of the interval, the others somewhere between.
struct ShapedSeries: MadeSeries {
    private let labels: Labels
    private let shape: Shape
    private let interval: Int64
    /// How far from the multiple of the interval a sample is at least, and how much further it may be.
    private let phase: Int64
    private let jitter: Int64
    private let life: Range<Timestamp>
    private var noise: Noise
    private var value = 0.0
    /// Nothing is there, or something lasts, before this.
    private var until: Timestamp = .min
    private var resetsNext = false

    init(_ number: Int, of count: Int, _ span: Range<Timestamp>, _ interval: Int64, _ seed: UInt64) {
        let round = number / Shape.allCases.count
        shape = Shape.allCases[number % Shape.allCases.count]
        noise = Noise(seed &+ UInt64(number) &* 7919)
        let isOnGrid = round % 2 == 0
        self.interval = interval
        phase = isOnGrid ? 0 : noise.below(interval / 2)
        jitter = isOnGrid ? 0 : max(1, interval / (shape == .steady ? 20 : 3))
        life = shape == .lives ? Self.part(of: span, &noise) : span
        value = Double(noise.below(100_000))
        labels = Labels([
            (name: "__name__", value: "shape_" + shape.rawValue), (name: "job", value: "history"), (name: "n", value: "\(number)"),
            (name: "stamps", value: isOnGrid ? "grid" : "jitter"),
        ])
    }

    private static func part(of span: Range<Timestamp>, _ noise: inout Noise) -> Range<Timestamp> {
        let whole = span.upperBound - span.lowerBound
        let begin = span.lowerBound + noise.below(whole / 1000) * 900
        return begin..<begin + 7_200_000 + noise.below(whole / 3000) * 1000
    }

    mutating func write(_ span: Range<Timestamp>, into builder: BlockBuilder) throws {
        let series = builder.series(labels)
        var slot = span.lowerBound
        while slot < span.upperBound {
            let time = slot + phase + (jitter > 0 ? noise.below(jitter) : 0)
            if let value = next(slot, time) { try builder.add(series, time, value) }
            slot += interval
        }
    }

    /// The value at a time; nil: no sample.
    private mutating func next(_ slot: Timestamp, _ time: Timestamp) -> Double? {
        switch shape {
        case .counter: counted(resets: noise.isOne(of: 4 * 86_400_000 / interval))
        case .steady: Double(time - 1_500_000_000_000) / 4000
        case .edges: counted(resets: isReset(slot))
        case .gauge: wandered()
        case .digits: wandered() / 7001 + 3e4
        case .sparse: slot % 1_200_000 == 0 ? wandered() : nil
        case .bursts: burst(slot)
        case .constant: value
        case .notNumbers: notNumber(slot)
        case .infinities: infinity()
        case .gaps: lasting(slot, one: 2 * 86_400_000, upTo: 50) ? nil : counted(resets: false)
        case .stale: stale(slot)
        case .lives: lived(slot)
        case .flag: noise.isOne(of: 50) ? 0 : 1
        }
    }

    private mutating func counted(resets: Bool) -> Double {
        if resets { value = noise.isOne(of: 3) ? 0 : Double(noise.below(200)) }
        value += Double(noise.below(97))
        return value
    }

    private mutating func wandered() -> Double {
        value += Double(noise.below(255) - 127) / 64
        return value
    }

    private mutating func isReset(_ slot: Timestamp) -> Bool {
        if resetsNext {
            resetsNext = false
            return true
        }
        let chances: Int64? = slot % 7_200_000 == 0 ? 3 : slot % 3_600_000 == 0 ? 6 : slot % 300_000 == 0 ? 40 : nil
        guard let chances, noise.isOne(of: chances) else { return false }
        resetsNext = noise.isOne(of: 2)
        return !resetsNext
    }

    private mutating func burst(_ slot: Timestamp) -> Double? {
        if slot >= until + 600_000 { until = slot + 3_600_000 + noise.below(120) * 60_000 }
        return slot >= until ? counted(resets: false) : nil
    }

    private mutating func notNumber(_ slot: Timestamp) -> Double {
        let value = wandered()
        return lasting(slot, one: 5 * 86_400_000, upTo: 5) || noise.isOne(of: 200) ? .nan : value
    }

    private mutating func infinity() -> Double {
        let value = wandered()
        return noise.isOne(of: 400) ? (noise.isOne(of: 2) ? .infinity : -.infinity) : value
    }

    private mutating func stale(_ slot: Timestamp) -> Double? {
        guard slot >= until else { return nil }
        guard noise.isOne(of: 7_200_000 / interval) else { return wandered() }
        until = noise.isOne(of: 3) ? slot : slot + noise.below(90) * 60_000
        return StaleMarker.value
    }

    private mutating func lived(_ slot: Timestamp) -> Double? {
        guard life.contains(slot) else { return nil }
        let isLast = !life.contains(slot + interval)
        return isLast && phase % 2 == 0 ? StaleMarker.value : counted(resets: false)
    }

    /// Whether something lasts that begins once in `one` milliseconds and takes up to so many hours.
    private mutating func lasting(_ slot: Timestamp, one: Int64, upTo hours: Int64) -> Bool {
        if noise.isOne(of: max(1, one / interval)) { until = slot + noise.below(hours * 60) * 60_000 }
        return slot < until
    }
}
