/// Something that is called at a time.
protocol Alarm: AnyObject {
    /// Nobody waits for it any more.
    var isOff: Bool { get }
    func ring(at time: Int64)
}

/// Alarms by their time (a binary heap). An alarm is not taken out before its time; those that are off go when they are many.
struct AlarmHeap {
    /// What is moved about is no reference, which would be counted at every move.
    private struct Entry {
        let time: Int64
        /// Where the alarm is in `alarms`.
        let place: Int
    }

    private static let leastKept = 256
    private var entries: [Entry] = []
    private var alarms: [(any Alarm)?] = []
    private var freePlaces: [Int] = []
    private var purgeAt = leastKept

    var count: Int { entries.count }
    /// When the first one is due.
    var next: Int64? { entries.first?.time }

    mutating func add(_ alarm: any Alarm, at time: Int64) {
        if entries.count >= purgeAt { purge() }
        let place = freePlaces.popLast() ?? alarms.count
        if place < alarms.count { alarms[place] = alarm } else { alarms.append(alarm) }
        entries.append(Entry(time: time, place: place))
        rise(entries.count - 1)
    }

    /// The next alarm that is due by a time.
    mutating func takeDue(_ now: Int64) -> (any Alarm)? {
        guard let first = entries.first, first.time <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            sink(0)
        }
        return vacate(first.place)
    }

    private mutating func vacate(_ place: Int) -> (any Alarm)? {
        let alarm = alarms[place]
        alarms[place] = nil
        freePlaces.append(place)
        return alarm
    }

    private mutating func purge() {
        var kept: [Entry] = []
        for entry in entries {
            if alarms[entry.place]?.isOff == false { kept.append(entry) } else { _ = vacate(entry.place) }
        }
        entries = kept
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { sink(index) }
        purgeAt = max(Self.leastKept, 2 * entries.count)
    }

    private mutating func rise(_ start: Int) {
        var child = start
        let entry = entries[start]
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.time < entries[parent].time else { break }
            entries[child] = entries[parent]
            child = parent
        }
        entries[child] = entry
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        let entry = entries[start]
        while true {
            var least = 2 * parent + 1
            guard least < entries.count else { break }
            if least + 1 < entries.count, entries[least + 1].time < entries[least].time { least += 1 }
            guard entries[least].time < entry.time else { break }
            entries[parent] = entries[least]
            parent = least
        }
        entries[parent] = entry
    }
}
