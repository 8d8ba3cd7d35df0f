/// The samples of one series as two parallel arrays, reused from series to series.
///
/// The memory is bare so that decoders write and window functions read without bounds checks, reference counting or initialisation; and one reader
/// at a time has a column, so that access to it is not checked to be exclusive, which would take longer than what it guards.
public final class SampleColumn {
    @exclusivity(unchecked) public private(set) var times: UnsafeMutablePointer<Timestamp>
    @exclusivity(unchecked) public private(set) var values: UnsafeMutablePointer<Double>
    /// How many samples there are; a decoder that has written into reserved room raises it.
    @exclusivity(unchecked) public var count = 0
    @exclusivity(unchecked) public private(set) var capacity: Int

    public init(capacity: Int = 1024) {
        self.capacity = max(capacity, 1)
        times = .allocate(capacity: self.capacity)
        values = .allocate(capacity: self.capacity)
    }

    deinit {
        times.deallocate()
        values.deallocate()
    }

    /// Makes room for `extra` more samples than there are. Pointers taken before are no longer valid.
    public func reserve(_ extra: Int) {
        let needed = count + extra
        guard needed > capacity else { return }
        capacity = max(needed, capacity * 2)
        let newTimes = UnsafeMutablePointer<Timestamp>.allocate(capacity: capacity)
        let newValues = UnsafeMutablePointer<Double>.allocate(capacity: capacity)
        newTimes.update(from: times, count: count)
        newValues.update(from: values, count: count)
        times.deallocate()
        values.deallocate()
        times = newTimes
        values = newValues
    }

    public func append(_ time: Timestamp, _ value: Double) {
        if count == capacity { reserve(1) }
        times[count] = time
        values[count] = value
        count += 1
    }

    /// Puts the samples from `start` on, which ascend, in order with those before, which ascend too from `first` on. Of two with one time the
    /// earlier added stays.
    public func mergeTail(from start: Int, into first: Int = 0) {
        guard start > first, start < count, times[start] <= times[start - 1] else { return }
        // What lies before the first late sample stays where it is.
        var low = start
        while low > first, times[low - 1] >= times[start] { low -= 1 }
        let older = (low..<start).map { (times[$0], values[$0]) }
        let newer = (start..<count).map { (times[$0], values[$0]) }
        count = low
        var a = 0
        var b = 0
        while a < older.count || b < newer.count {
            if b == newer.count || (a < older.count && older[a].0 <= newer[b].0) {
                if b < newer.count, older[a].0 == newer[b].0 { b += 1 }
                append(older[a].0, older[a].1)
                a += 1
            } else {
                append(newer[b].0, newer[b].1)
                b += 1
            }
        }
    }

    public func removeAll() { count = 0 }
}
