import Glibc

/// What one process has done since it started, and how it fares now: the source of every number on its page.
///
/// Work is summed over cells of fixed length from the start of the process, each with a level of its own, so a total needs
/// neither memory nor history: at most a few thousand cells, whatever the time. Work done during each kind of incident is kept apart,
/// so that a series may weigh it differently and still never fall.
struct Activity: Sendable {
    /// Unix seconds.
    let now: Double
    /// Unix seconds of the last start.
    let start: Double
    /// Deployments that have reached it.
    let version: Int
    /// How busy it is now, 0 … 1.15.
    let level: Double
    /// The incident in force now.
    let incident: Incident?
    /// All since an hour before the process started.
    let incidents: [Incident]
    let noise: Noise
    private let strands: [Work]

    /// - Parameters:
    ///   - name: gives the process its own chance.
    ///   - cycle: about how many seconds the process lives; see `Lifetime`.
    ///   - cell: seconds of one step of the sum; `cycle / cell` bounds the cost of a page.
    ///   - deployed: seconds after which a deployment reaches this process, which then starts anew; nil if none does.
    init(_ name: String, _ scene: Scene, cycle: Double = 90_000, cell: Double = 60, deployed: Double? = nil) {
        let noise = Noise(seed: scene.seed)
        let stream = Noise.stream(name)
        let now = scene.now
        let deployments = deployed.map { scene.playbook.deployments(before: now, delay: $0) }
        let born = Lifetime.start(before: now, cycle: cycle, noise: noise, stream: stream)
        self.noise = noise
        self.now = now
        start = max(born, deployments?.latest ?? born)
        version = deployments?.count ?? 0
        level = Rhythm.level(at: now) * (0.85 + 0.3 * noise.unit(stream &+ 1, Int(floor(now / cell))))
        incident = scene.playbook.incident(at: now)
        incidents = scene.playbook.incidents(from: start - 3600, through: now)
        strands = Activity.sum(from: start, to: now, cell: cell, incidents: incidents, noise: noise, stream: stream)
    }

    /// Seconds since the last start.
    var uptime: Double { now - start }

    /// The work that belongs to a series: one of a few strands, so that series rise and fall together but not in step.
    func work(_ key: String) -> Work { strands[Int(Noise.stream(key) % UInt64(strands.count))] }

    /// Whole events since the start at `rate` a second at the busiest hour; `calm` is the share that counts here, and `shares` those of drills.
    func events(_ rate: Double, _ key: String, calm: Double = 1, _ shares: Work.Shares = [:]) -> Double {
        let work = work(key)
        let usual = (rate * calm * work.besides { shares[$0] != nil }).rounded()
        return shares.reduce(usual) { $0 + (rate * $1.value * work[$1.key]).rounded() }
    }

    /// A quantity that flows without being counted in pieces: seconds, bytes or money since the start.
    func amount(_ rate: Double, _ key: String) -> Double {
        rate * work(key).total
    }

    /// A gauge between `low` and `high` that wanders, new about every `period` seconds.
    func wander(_ key: String, _ low: Double, _ high: Double, period: Double = 600) -> Double {
        low + (high - low) * noise.smooth(Noise.stream(key), at: now, period: period)
    }

    /// A gauge that follows the load: `low` when idle, about `high` at the busiest hour, so many times as much during some drills.
    func follow(_ key: String, _ low: Double, _ high: Double, _ factors: Work.Shares = [:]) -> Double {
        let load = level * wander(key, 0.8, 1.2, period: 120)
        return low + (high - low) * load * (incident.flatMap { factors[$0.drill] } ?? 1)
    }

    /// Whether a drill is played now.
    func plays(_ drill: Drill) -> Bool { incident?.drill == drill }

    /// Seconds since a drill that is played now began.
    func elapsed(_ drill: Drill) -> Double? { incident.flatMap { $0.drill == drill ? now - $0.start : nil } }

    /// What piles up by `rate` a second during a drill and is worked off three times as fast after it.
    func pile(_ drill: Drill, rate: Double) -> Double {
        incidents.filter { $0.drill == drill }.reduce(0) { pile, incident in
            max(pile, rate * (min(now, incident.end) - incident.start) - 3 * rate * max(0, now - incident.end))
        }
    }

    private static func sum(from start: Double, to now: Double, cell: Double, incidents: [Incident], noise: Noise, stream: UInt64) -> [Work] {
        var strands = [Work](repeating: Work(), count: 4)
        for piece in pieces(from: start, to: now, incidents) {
            var index = Int(floor(piece.from / cell))
            while Double(index) * cell < piece.to {
                let begin = Double(index) * cell
                let busy = (min(piece.to, begin + cell) - max(piece.from, begin)) * Rhythm.level(at: begin + cell / 2)
                for strand in strands.indices {
                    strands[strand].add(busy * (0.85 + 0.3 * noise.unit(stream &+ 1 &+ UInt64(strand), index)), during: piece.drill)
                }
                index += 1
            }
        }
        return strands
    }

    /// A stretch of time cut where incidents begin and end. Only the last piece depends on where the stretch ends, so no sum over pieces falls.
    private static func pieces(from: Double, to: Double, _ incidents: [Incident]) -> [(from: Double, to: Double, drill: Drill?)] {
        var pieces: [(from: Double, to: Double, drill: Drill?)] = []
        var at = from
        for incident in incidents where incident.end > from && incident.start < to {
            if incident.start > at { pieces.append((at, incident.start, nil)) }
            let end = min(to, incident.end)
            pieces.append((max(at, incident.start), end, incident.drill))
            at = end
        }
        if at < to { pieces.append((at, to, nil)) }
        return pieces
    }
}
