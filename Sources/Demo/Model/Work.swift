/// Busy seconds: the level summed over time, in calm hours and during each kind of incident that came.
struct Work: Sendable {
    private var calm = 0.0
    private var troubled: [(drill: Drill, seconds: Double)] = []

    /// What counts during some drills; all others are as calm hours.
    typealias Shares = [Drill: Double]

    mutating func add(_ seconds: Double, during drill: Drill?) {
        guard let drill else { return calm += seconds }
        if let place = troubled.firstIndex(where: { $0.drill == drill }) {
            troubled[place].seconds += seconds
        } else {
            troubled.append((drill, seconds))
        }
    }

    subscript(drill: Drill) -> Double { troubled.first { $0.drill == drill }?.seconds ?? 0 }

    var total: Double { besides { _ in false } }

    /// What is left without some drills. Like all of these it never falls as time goes on.
    func besides(_ isApart: (Drill) -> Bool) -> Double { troubled.reduce(calm) { isApart($1.drill) ? $0 : $0 + $1.seconds } }
}
