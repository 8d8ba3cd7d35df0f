import Glibc

/// What one process has done since it started, and how it fares now: the source of every number on its page.
///
/// Work is summed over cells of fixed length from the start of the process, each with a level of its own, so a total needs
/// neither memory nor history: at most a few thousand cells, whatever the time. Work done during incidents is kept apart,
/// so that a series may weigh it differently and still never fall.
struct Activity: Sendable {
    /// Unix seconds.
    let now: Double
    /// Unix seconds of the last start.
    let start: Double
    /// How busy it is now, 0 … 1.15.
    let level: Double
    let incident: Incident?
    let noise: Noise
    private let strands: [Work]

    /// Busy seconds: the level summed over time, in calm hours and during incidents.
    struct Work: Sendable {
        var calm = 0.0
        var troubled = 0.0
    }

    /// - Parameters:
    ///   - name: gives the process its own chance.
    ///   - cycle: about how many seconds the process lives; see `Lifetime`.
    ///   - cell: seconds of one step of the sum; `cycle / cell` bounds the cost of a page.
    init(_ name: String, seed: UInt64, now: Double, cycle: Double = 90_000, cell: Double = 60) {
        let noise = Noise(seed: seed)
        let stream = Noise.stream(name)
        let start = Lifetime.start(before: now, cycle: cycle, noise: noise, stream: stream)
        self.noise = noise
        self.now = now
        self.start = start
        level = Rhythm.level(at: now) * (0.85 + 0.3 * noise.unit(stream &+ 1, Int(floor(now / cell))))
        incident = Incident.at(now, noise: noise, stream: stream &+ 2)
        strands = Activity.sum(from: start, to: now, cell: cell, noise: noise, stream: stream)
    }

    /// Seconds since the last start.
    var uptime: Double { now - start }

    /// The work that belongs to a series: one of a few strands, so that series rise and fall together but not in step.
    func work(_ key: String) -> Work { strands[Int(Noise.stream(key) % UInt64(strands.count))] }

    /// Whole events since the start at `rate` a second at the busiest hour; `calm` and `troubled` are the shares that count here.
    func events(_ rate: Double, _ key: String, calm: Double = 1, troubled: Double = 1) -> Double {
        let work = work(key)
        return (rate * calm * work.calm).rounded() + (rate * troubled * work.troubled).rounded()
    }

    /// A quantity that flows without being counted in pieces: seconds, bytes or money since the start.
    func amount(_ rate: Double, _ key: String) -> Double {
        let work = work(key)
        return rate * (work.calm + work.troubled)
    }

    /// A gauge between `low` and `high` that wanders, new about every `period` seconds.
    func wander(_ key: String, _ low: Double, _ high: Double, period: Double = 600) -> Double {
        low + (high - low) * noise.smooth(Noise.stream(key), at: now, period: period)
    }

    /// A gauge that follows the load: `low` when idle, about `high` at the busiest hour, `troubled` times as much during an incident.
    func follow(_ key: String, _ low: Double, _ high: Double, troubled: Double = 1) -> Double {
        let load = level * wander(key, 0.8, 1.2, period: 120)
        return low + (high - low) * load * (incident == nil ? 1 : troubled)
    }

    private static func sum(from start: Double, to now: Double, cell: Double, noise: Noise, stream: UInt64) -> [Work] {
        var strands = [Work](repeating: Work(), count: 4)
        var index = Int(floor(start / cell))
        while Double(index) * cell < now {
            let begin = Double(index) * cell
            let seconds = min(now, begin + cell) - max(start, begin)
            let busy = seconds * Rhythm.level(at: begin + cell / 2)
            let troubled = Incident.at(begin + cell / 2, noise: noise, stream: stream &+ 2) != nil
            for strand in strands.indices {
                let work = busy * (0.85 + 0.3 * noise.unit(stream &+ 1 &+ UInt64(strand), index))
                if troubled { strands[strand].troubled += work } else { strands[strand].calm += work }
            }
            index += 1
        }
        return strands
    }
}
