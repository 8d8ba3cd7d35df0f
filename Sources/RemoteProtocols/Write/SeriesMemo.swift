import TSDB

/// What the labels of senders stand for, so that labels seen before are neither read nor looked up again: the page cache of remote write.
///
/// A series is known by 64 bits that follow from its labels as they were sent. The entries stand in the order in which they first came, and a sender
/// repeats its order: mostly the series asked for is the one behind that of the question before.
///
/// There are two generations, and the older one goes when the younger is full, which is when it holds a quarter more than the head has series. What a
/// sender goes on sending passes from one to the other.
struct SeriesMemo {
    private static let smallest = 1 << 16
    private static let largest = 4 << 20

    private var young = MemoGeneration()
    private var old = MemoGeneration()
    private var limit = smallest
    /// The number of the entry found last.
    private var last = -1

    var count: Int { young.count + old.count }

    /// The reference noted for a key.
    @inline(__always)
    mutating func find(_ key: UInt64) -> SeriesRef? {
        let next = last &+ 1
        if next < young.count, young.entries[next].key == key {
            last = next
            return young.entries[next].ref
        }
        return search(key)
    }

    @inline(never)
    private mutating func search(_ key: UInt64) -> SeriesRef? {
        if let number = young.number(key) {
            last = number
            return young.entries[number].ref
        }
        guard let number = old.number(key) else { return nil }
        let ref = old.entries[number].ref
        add(key, ref)
        return ref
    }

    /// Notes what a key stands for from now on.
    ///
    /// - Parameter headSeries: asked, rarely, for how many series the head has.
    mutating func note(_ key: UInt64, _ ref: SeriesRef, headSeries: () -> Int) {
        if let number = young.number(key) { return young.entries[number].ref = ref }
        if young.count >= limit {
            let live = headSeries()
            limit = min(max(Self.smallest, live + live / 4), Self.largest)
        }
        add(key, ref)
    }

    private mutating func add(_ key: UInt64, _ ref: SeriesRef) {
        if young.count >= limit {
            old = young
            young = MemoGeneration()
        }
        last = young.add(key, ref)
    }
}

/// Entries in the order in which they came, and where each is by its key.
private final class MemoGeneration {
    struct Entry {
        var key: UInt64
        var ref: SeriesRef
    }

    private(set) var entries: UnsafeMutablePointer<Entry>
    private(set) var count = 0
    private var capacity = 1024
    /// Open addressing: numbers of entries plus one, 0 where there is none; twice as many as there is room for entries, a power of two.
    private var places: UnsafeMutablePointer<UInt32>

    init() {
        entries = .allocate(capacity: capacity)
        places = .allocate(capacity: capacity * 2)
        places.initialize(repeating: 0, count: capacity * 2)
    }

    deinit {
        entries.deallocate()
        places.deallocate()
    }

    func number(_ key: UInt64) -> Int? {
        let place = place(key)
        return places[place] == 0 ? nil : Int(places[place]) &- 1
    }

    /// Adds a key that is not there; returns its number.
    func add(_ key: UInt64, _ ref: SeriesRef) -> Int {
        if count == capacity { grow() }
        (entries + count).initialize(to: Entry(key: key, ref: ref))
        count += 1
        places[place(key)] = UInt32(count)
        return count - 1
    }

    /// Where a key is, or would be: keys are as good as random.
    private func place(_ key: UInt64) -> Int {
        let mask = capacity &* 2 &- 1
        var place = Int(truncatingIfNeeded: key) & mask
        while places[place] != 0, entries[Int(places[place]) &- 1].key != key { place = (place &+ 1) & mask }
        return place
    }

    private func grow() {
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        larger.initialize(from: entries, count: count)
        entries.deallocate()
        entries = larger
        capacity *= 2
        places.deallocate()
        places = .allocate(capacity: capacity * 2)
        places.initialize(repeating: 0, count: capacity * 2)
        for number in 0..<count { places[place(entries[number].key)] = UInt32(number + 1) }
    }
}
