public import Model
import Synchronization

/// Figures about the exemplars kept at one moment.
public struct ExemplarStats: Sendable, Equatable {
    /// Since the start, those that were replayed included.
    public var appended = 0
    public var outOfOrder = 0
    public var kept = 0
    /// Series that have some.
    public var series = 0
    /// How many may be kept.
    public var limit = 0
    /// The time of the oldest one; nil without any.
    public var oldestTime: Timestamp?

    public init() {}
}

/// The ring of exemplars, for several threads.
final class ExemplarStore: Sendable {
    struct State {
        var ring: ExemplarRing
        var appended = 0
        var outOfOrder = 0
    }

    private let state: Mutex<State>

    init(limit: Int) { state = Mutex(State(ring: ExemplarRing(capacity: limit))) }

    var isOn: Bool { state.withLock { $0.ring.capacity > 0 } }

    var stats: ExemplarStats {
        state.withLock { state in
            var stats = ExemplarStats()
            stats.appended = state.appended
            stats.outOfOrder = state.outOfOrder
            stats.kept = state.ring.places.count
            stats.series = state.ring.seriesCount
            stats.limit = state.ring.capacity
            stats.oldestTime = state.ring.oldest?.time
            return stats
        }
    }

    /// The newest stay.
    func setLimit(_ limit: Int) {
        state.withLock { state in
            if max(0, min(limit, ExemplarRing.largest)) != state.ring.capacity { state.ring = state.ring.resized(to: limit) }
        }
    }

    func use<R>(_ body: (inout State) -> sending R) -> sending R { state.withLock { body(&$0) } }

    /// By series, in the order of their labels: the exemplars from `from` through `through` of the series that one of `selectors` matches.
    func select(_ selectors: [[Matcher]], from: Timestamp, through: Timestamp) -> [SeriesExemplars] {
        // Appends go on while the copies are looked at.
        let (places, series) = state.withLock { ($0.ring.places, $0.ring.series) }
        var found: [SeriesExemplars] = []
        for one in series where one.oldest >= 0 {
            guard places[Int(one.oldest)].exemplar.time <= through, places[Int(one.newest)].exemplar.time >= from else { continue }
            guard selectors.contains(where: { $0.allSatisfy { $0.matches(one.labels[$0.name] ?? "") } }) else { continue }
            var exemplars: [Exemplar] = []
            var at = one.oldest
            while at >= 0 {
                let place = places[Int(at)]
                if place.exemplar.time >= from, place.exemplar.time <= through { exemplars.append(place.exemplar) }
                at = place.next
            }
            if !exemplars.isEmpty { found.append(SeriesExemplars(labels: one.labels, exemplars: exemplars)) }
        }
        return found.sorted { $0.labels < $1.labels }
    }
}
