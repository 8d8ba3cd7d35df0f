/// The windows of one series as parallel arrays, reused from series to series, in the order of their ends.
///
/// The memory is bare and access to it not checked, as in `SampleColumn`. What a reader did not ask for (see `AggregateParts`) is not initialised.
public final class AggregateColumn {
    @exclusivity(unchecked) public private(set) var ends: UnsafeMutablePointer<Timestamp>
    @exclusivity(unchecked) public private(set) var counts: UnsafeMutablePointer<Int64>
    @exclusivity(unchecked) public private(set) var firstTimes: UnsafeMutablePointer<Timestamp>
    @exclusivity(unchecked) public private(set) var firsts: UnsafeMutablePointer<Double>
    @exclusivity(unchecked) public private(set) var lastTimes: UnsafeMutablePointer<Timestamp>
    @exclusivity(unchecked) public private(set) var lasts: UnsafeMutablePointer<Double>
    @exclusivity(unchecked) public private(set) var sums: UnsafeMutablePointer<Double>
    @exclusivity(unchecked) public private(set) var minima: UnsafeMutablePointer<Double>
    @exclusivity(unchecked) public private(set) var maxima: UnsafeMutablePointer<Double>
    @exclusivity(unchecked) public private(set) var lost: UnsafeMutablePointer<Double>
    @exclusivity(unchecked) public private(set) var resets: UnsafeMutablePointer<Int64>
    /// `notStale` where there is no stale marker.
    @exclusivity(unchecked) public private(set) var staleTimes: UnsafeMutablePointer<Timestamp>
    @exclusivity(unchecked) public private(set) var merged: UnsafeMutablePointer<Bool>
    /// How many windows there are; a decoder that has written into reserved room raises it.
    @exclusivity(unchecked) public var count = 0
    @exclusivity(unchecked) public private(set) var capacity: Int

    public static let notStale = Timestamp.min

    public init(capacity: Int = 256) {
        let room = max(capacity, 1)
        self.capacity = room
        ends = .allocate(capacity: room)
        counts = .allocate(capacity: room)
        firstTimes = .allocate(capacity: room)
        firsts = .allocate(capacity: room)
        lastTimes = .allocate(capacity: room)
        lasts = .allocate(capacity: room)
        sums = .allocate(capacity: room)
        minima = .allocate(capacity: room)
        maxima = .allocate(capacity: room)
        lost = .allocate(capacity: room)
        resets = .allocate(capacity: room)
        staleTimes = .allocate(capacity: room)
        merged = .allocate(capacity: room)
    }

    deinit {
        ends.deallocate()
        counts.deallocate()
        firstTimes.deallocate()
        firsts.deallocate()
        lastTimes.deallocate()
        lasts.deallocate()
        sums.deallocate()
        minima.deallocate()
        maxima.deallocate()
        lost.deallocate()
        resets.deallocate()
        staleTimes.deallocate()
        merged.deallocate()
    }

    /// Makes room for `extra` more windows than there are. Pointers taken before are no longer valid.
    public func reserve(_ extra: Int) {
        guard count + extra > capacity else { return }
        capacity = max(count + extra, capacity * 2)
        grow(&ends)
        grow(&counts)
        grow(&firstTimes)
        grow(&firsts)
        grow(&lastTimes)
        grow(&lasts)
        grow(&sums)
        grow(&minima)
        grow(&maxima)
        grow(&lost)
        grow(&resets)
        grow(&staleTimes)
        grow(&merged)
    }

    private func grow<Element: BitwiseCopyable>(_ array: inout UnsafeMutablePointer<Element>) {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        larger.update(from: array, count: count)
        array.deallocate()
        array = larger
    }

    public func append(_ window: Aggregate) {
        if count == capacity { reserve(1) }
        count += 1
        self[count - 1] = window
    }

    public func removeAll() { count = 0 }

    /// One window as a value: for what is not done for each of many.
    public subscript(index: Int) -> Aggregate {
        get {
            var window = Aggregate(Sample(time: ends[index], value: lasts[index]))
            window.count = counts[index]
            (window.firstTime, window.first) = (firstTimes[index], firsts[index])
            (window.lastTime, window.last) = (lastTimes[index], lasts[index])
            (window.sum, window.minimum, window.maximum) = (sums[index], minima[index], maxima[index])
            (window.lost, window.resets) = (lost[index], resets[index])
            window.staleTime = staleTimes[index] == Self.notStale ? nil : staleTimes[index]
            window.isMerged = merged[index]
            return window
        }
        set {
            ends[index] = newValue.end
            counts[index] = newValue.count
            (firstTimes[index], firsts[index]) = (newValue.firstTime, newValue.first)
            (lastTimes[index], lasts[index]) = (newValue.lastTime, newValue.last)
            (sums[index], minima[index], maxima[index]) = (newValue.sum, newValue.minimum, newValue.maximum)
            (lost[index], resets[index]) = (newValue.lost, newValue.resets)
            staleTimes[index] = newValue.staleTime ?? Self.notStale
            merged[index] = newValue.isMerged
        }
    }
}
