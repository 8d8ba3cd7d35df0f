import Model

/// The newest exemplars of all series, as many as there is room for: a new one takes the place of the oldest.
///
/// Each place knows the next younger one of its series, and each series its oldest and its newest. A series is known by its labels, not by what the
/// head calls it: its exemplars stay when it leaves the head, and are its own still when it comes back. Not thread-safe.
struct ExemplarRing {
    /// What becomes of an exemplar.
    enum Verdict: Equatable { case stored, repeated, outOfOrder, tooLong }

    struct Place {
        var exemplar: Exemplar
        /// The next younger one of the series; -1 for its newest.
        var next: Int32
        var series: Int32
    }

    struct Series {
        var labels: Labels
        /// The last reference that the series was known by.
        var reference: UInt64
        var oldest: Int32
        var newest: Int32
    }

    let capacity: Int
    private(set) var places: [Place] = []
    /// By number; those that are free have no places.
    private(set) var series: [Series] = []
    private var free: [Int32] = []
    private var byLabels: [Labels: Int32] = [:]
    private var byReference: [UInt64: Int32] = [:]
    /// The place that is written next: that of the oldest, once all are taken.
    private var next = 0

    /// More are not kept, whatever is asked for: places are numbered by 32 bits.
    static let largest = 1 << 30

    /// One of no capacity keeps nothing.
    init(capacity: Int) { self.capacity = max(0, min(capacity, Self.largest)) }

    var seriesCount: Int { byLabels.count }
    /// The oldest of all.
    var oldest: Exemplar? { places.isEmpty ? nil : places[places.count == capacity ? next : 0].exemplar }

    /// The newest of a series.
    mutating func newest(_ reference: UInt64, _ labels: () -> Labels) -> Exemplar? {
        number(reference, labels).map { places[Int(series[Int($0)].newest)].exemplar }
    }

    /// Whether an exemplar may follow the newest of its series.
    ///
    /// What says the same again is no news. At the same time another value must be greater, so that those of one page, which come in this order, are
    /// all taken once and not again with the next page.
    static func verdict(_ new: Exemplar, behind newest: Exemplar?) -> Verdict {
        guard new.isShortEnough else { return .tooLong }
        guard let newest else { return .stored }
        let isSame = new.labels == newest.labels && new.value == newest.value
        if isSame, new.time == newest.time || !(new.isTimed || newest.isTimed) { return .repeated }
        if new.time != newest.time { return new.time > newest.time ? .stored : .outOfOrder }
        if new.value < newest.value || (new.value == newest.value && new.labels < newest.labels) { return .outOfOrder }
        return .stored
    }

    /// Adds an exemplar that may follow the newest of its series.
    mutating func add(_ exemplar: Exemplar, _ reference: UInt64, _ labels: () -> Labels) {
        guard capacity > 0 else { return }
        // The oldest may be the last of the same series.
        if places.count == capacity { forgetOldest() }
        let place = Int32(next)
        let number: Int32
        if let known = self.number(reference, labels) {
            number = known
            places[Int(series[Int(known)].newest)].next = place
            series[Int(known)].newest = place
        } else {
            number = addSeries(Series(labels: labels(), reference: reference, oldest: place, newest: place))
        }
        let entry = Place(exemplar: exemplar, next: -1, series: number)
        if places.count == next { places.append(entry) } else { places[next] = entry }
        next = next + 1 == capacity ? 0 : next + 1
    }

    /// The same with room for more or fewer; the newest stay.
    func resized(to capacity: Int) -> ExemplarRing {
        var other = ExemplarRing(capacity: capacity)
        let start = places.count == self.capacity ? next : 0
        for at in max(0, places.count - other.capacity)..<places.count {
            let place = places[(start + at) % places.count]
            let owner = series[Int(place.series)]
            other.add(place.exemplar, owner.reference) { owner.labels }
        }
        return other
    }

    /// The number of a series; nil if it has no exemplars.
    private mutating func number(_ reference: UInt64, _ labels: () -> Labels) -> Int32? {
        if let number = byReference[reference] { return number }
        guard !byLabels.isEmpty, let number = byLabels[labels()] else { return nil }
        // It came back under another reference.
        byReference[series[Int(number)].reference] = nil
        byReference[reference] = number
        series[Int(number)].reference = reference
        return number
    }

    private mutating func addSeries(_ new: Series) -> Int32 {
        let number = free.popLast() ?? Int32(series.count)
        if Int(number) == series.count { series.append(new) } else { series[Int(number)] = new }
        byLabels[new.labels] = number
        byReference[new.reference] = number
        return number
    }

    private mutating func forgetOldest() {
        let place = places[next]
        let owner = Int(place.series)
        if place.next >= 0 { return series[owner].oldest = place.next }
        byLabels[series[owner].labels] = nil
        byReference[series[owner].reference] = nil
        series[owner] = Series(labels: .empty, reference: 0, oldest: -1, newest: -1)
        free.append(place.series)
    }
}
