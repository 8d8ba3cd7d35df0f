/// The samples of one series as two parallel arrays, reused from series to series.
///
/// The memory is bare so that decoders write and window functions read without bounds checks, reference counting or initialisation.
public final class SampleColumn {
    public private(set) var times: UnsafeMutablePointer<Timestamp>
    public private(set) var values: UnsafeMutablePointer<Double>
    /// How many samples there are; a decoder that has written into reserved room raises it.
    public var count = 0
    public private(set) var capacity: Int

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

    public func removeAll() { count = 0 }
}
