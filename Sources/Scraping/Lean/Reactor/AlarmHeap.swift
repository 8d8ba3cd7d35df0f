/// Something that is called at a time.
protocol Alarm: AnyObject {
    /// Nobody waits for it any more.
    var isOff: Bool { get }
    func ring(at time: Int64)
}

/// Alarms by their time (a binary heap). An alarm is not taken out before its time; those that are off go when they are many.
struct AlarmHeap {
    private struct Entry {
        let time: Int64
        let alarm: any Alarm
    }

    private static let leastKept = 256
    private var entries: [Entry] = []
    private var purgeAt = leastKept

    var count: Int { entries.count }
    /// When the first one is due.
    var next: Int64? { entries.first?.time }

    mutating func add(_ alarm: any Alarm, at time: Int64) {
        if entries.count >= purgeAt { purge() }
        entries.append(Entry(time: time, alarm: alarm))
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
        return first.alarm
    }

    private mutating func purge() {
        entries.removeAll { $0.alarm.isOff }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { sink(index) }
        purgeAt = max(Self.leastKept, 2 * entries.count)
    }

    private mutating func rise(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].time < entries[parent].time else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while true {
            var least = 2 * parent + 1
            guard least < entries.count else { return }
            if least + 1 < entries.count, entries[least + 1].time < entries[least].time { least += 1 }
            guard entries[least].time < entries[parent].time else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
