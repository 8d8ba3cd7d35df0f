import Glibc

/// What went wrong in a long past, and when there were deployments, by the week.
struct Calendar: Sendable {
    private static let week = 604_800.0
    private static let day = 86_400.0
    private static let stream = Noise.stream("calendar")
    /// Processes that live on at the end of the past must not have lived through an incident: whoever plays what comes then knows nothing of it, and
    /// what they have counted would fall by a little. None lives longer than this (`Lifetime`, with the longest cycle of all pages).
    private static let calm = 1.5 * 1_000_000

    private let all: [Incident]
    /// How many of them there are.
    let deployments: Int

    init(start: Double, end: Double, noise: Noise) {
        let weeks = max(0, Int((end - start) / Self.week))
        all = (0..<weeks).flatMap { Self.incidents(week: $0, from: start + Double($0) * Self.week, noise) }.filter { $0.end <= end - Self.calm }
        deployments = all.count { $0.drill == .deployment }
    }

    /// Those that overlap a time, in their order; the ends belong to it.
    func incidents(from: Double, through to: Double) -> [Incident] {
        guard let first = all.firstIndex(where: { $0.end >= from }) else { return [] }
        return Array(all[first...].prefix { $0.start <= to })
    }

    /// A deployment, if it is time for one, in the first half of the week; an incident of half an hour to two hours in the second.
    private static func incidents(week: Int, from start: Double, _ noise: Noise) -> [Incident] {
        var incidents: [Incident] = []
        if week % 3 == 0 {
            let begin = start + noise.unit(stream, 4 * week) * 3 * day
            incidents.append(Incident(drill: .deployment, start: begin, end: begin + 600))
        }
        let drills = Drill.allCases.filter { $0 != .deployment }
        let drill = drills[Int(noise.unit(stream, 4 * week + 1) * Double(drills.count))]
        let begin = start + (3.5 + noise.unit(stream, 4 * week + 2) * 3) * day
        return incidents + [Incident(drill: drill, start: begin, end: begin + 1800 + 5400 * noise.unit(stream, 4 * week + 3))]
    }
}
