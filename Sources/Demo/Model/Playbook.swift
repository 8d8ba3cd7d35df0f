import Glibc

/// Which incidents are played, and when. At most one at a time, none before the demo began; all follows from the arguments, nothing from the past.
public struct Playbook: Sendable {
    private enum Plan {
        case none
        case once(Incident)
        case rounds(start: Double, noise: Noise)
        case calendar(Calendar)
    }

    private let plan: Plan
    /// One incident begins in every stretch of this many seconds.
    private static let stretch = 1200.0
    private static let stream = Noise.stream("playbook")

    /// Nothing goes wrong.
    public static let quiet = Playbook(plan: .none)

    /// One drill, from a moment on for so many seconds, and nothing else.
    public static func only(_ drill: Drill, from start: Double, seconds: Double) -> Playbook {
        Playbook(plan: .once(Incident(drill: drill, start: start, end: start + seconds)))
    }

    /// Every drill in turn, for 8 to 11 minutes each, the first one to two minutes after `start`. The first is a high error rate, the others come
    /// in an order of chance, another in every round.
    public static func rounds(from start: Double, seed: UInt64) -> Playbook { Playbook(plan: .rounds(start: start, noise: Noise(seed: seed))) }

    /// A past that ends where another demo begins: an incident a week, and every third week a deployment; the last one brought the version that
    /// the demo begins with.
    public static func calendar(from start: Double, to end: Double, seed: UInt64) -> Playbook {
        Playbook(plan: .calendar(Calendar(start: start, end: end, noise: Noise(seed: seed))))
    }

    /// The incidents that overlap a time, in their order; the ends belong to it.
    func incidents(from: Double, through to: Double) -> [Incident] {
        switch plan {
        case .none: return []
        case .once(let incident): return incident.start <= to && incident.end >= from ? [incident] : []
        case .rounds(let start, let noise):
            guard to >= start else { return [] }
            let first = max(0, Int(floor((max(from, start) - start) / Playbook.stretch)) - 1)
            let last = Int(floor((to - start) / Playbook.stretch))
            guard first <= last else { return [] }
            return (first...last).map { Playbook.incident($0, start, noise) }.filter { $0.start <= to && $0.end >= from }
        case .calendar(let calendar): return calendar.incidents(from: from, through: to)
        }
    }

    /// The incident in force at a moment.
    public func incident(at seconds: Double) -> Incident? {
        incidents(from: seconds, through: seconds).first { $0.start <= seconds && seconds < $0.end }
    }

    private static func incident(_ index: Int, _ start: Double, _ noise: Noise) -> Incident {
        let count = Drill.allCases.count
        let begin = start + Double(index) * stretch + 60 + 55 * noise.unit(stream, 2 * index)
        let drill = order(index / count, noise)[index % count]
        return Incident(drill: drill, start: begin, end: begin + 480 + 180 * noise.unit(stream, 2 * index + 1))
    }

    private static func order(_ round: Int, _ noise: Noise) -> [Drill] {
        var drills = Drill.allCases
        for last in stride(from: drills.count - 1, to: 0, by: -1) {
            drills.swapAt(last, Int(noise.unit(stream &+ 1, round * drills.count + last) * Double(last + 1)))
        }
        if round == 0, let place = drills.firstIndex(of: .errorRate8) { drills.swapAt(0, place) }
        return drills
    }
}

extension Playbook {
    /// What began or ended after `earlier` and until `later`, in the order of time, as lines for a log.
    func news(after earlier: Double, until later: Double) -> [String] {
        incidents(from: earlier, through: later).flatMap { incident in
            var lines: [String] = []
            if incident.start > earlier, incident.start <= later {
                let seconds = Int((incident.end - incident.start).rounded())
                lines.append("incident \(incident.drill.rawValue) begins, for \(seconds) s: \(incident.drill.title)")
            }
            if incident.end > earlier, incident.end <= later { lines.append("incident \(incident.drill.rawValue) ends") }
            return lines
        }
    }

    /// How many deployments a service has seen and when the latest came; each reaches it `delay` seconds after it began. In a past they are counted
    /// from its end: below 0.
    func deployments(before now: Double, delay: Double) -> (count: Int, latest: Double?) {
        let seen = incidents(from: -.infinity, through: now - delay).filter { $0.drill == .deployment }
        var count = seen.count
        if case .calendar(let calendar) = plan { count -= calendar.deployments }
        return (count, seen.last.map { $0.start + delay })
    }
}
