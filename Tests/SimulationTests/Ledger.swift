import Model
import TSDB

/// What the outside world knows about every sample it has sent: the model that the database is held against.
struct Ledger {
    /// Whether a query shows a sample.
    enum Sight {
        case shown, hidden
        /// It was deleted, or lost where that may be.
        case gone
        /// Either, until the next start tells.
        case open
    }

    struct Entry {
        let sample: SentSample
        var sight: Sight
        /// Whether it must still be there after a power cut.
        var isDurable: Bool
        /// It was in a file that was damaged: what one start does not find a later one may, for only a start reads the log, of which a block that
        /// is there spares it a part.
        var mayReturn = false
        /// Retention has removed it, so that nothing is promised any more; a start may find it in the log or in the head's chunk files.
        var isPurged = false
        /// A damaged file had it, or a power cut took it from the log, and yet it was found: there may be no second copy.
        var isSingle = false
        /// A tier's block that has it was damaged when a raw block of these times had been lost, and so perhaps nothing to fold it anew from.
        var mayBeInNoWindow = false
        /// It was sent again when only windows had it, in which nobody can see it.
        var mayCountTwice = false
    }

    private(set) var series: [Labels: [Timestamp: Entry]] = [:]
    /// What was deleted, or may have been: in a tier the windows that it touches may be gone.
    /// What was wrong with an append; the next check tells it.
    private var complaint: String?
    private(set) var deletions: [(matches: (Labels) -> Bool, range: TimeRange)] = []

    /// What is wrong with an answer.
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    var count: Int { series.values.reduce(0) { $0 + $1.count } }
    var newestTime: Timestamp? { series.values.compactMap { $0.keys.max() }.max() }

    func entry(_ labels: Labels, _ time: Timestamp) -> Entry? { series[labels]?[time] }

    /// An accepted sample.
    ///
    /// - Parameter isInWindow: whether windows answered for its time.
    mutating func acknowledge(_ labels: Labels, _ time: Timestamp, _ sample: SentSample, isDurable: Bool, isInWindow: Bool = false) {
        // A copy that was there before counts, unless it was deleted.
        let before = series[labels]?[time]
        let durable = isDurable || (before.map { $0.isDurable && $0.sight == .shown } ?? false)
        var entry = Entry(sample: sample, sight: .shown, isDurable: durable)
        entry.mayCountTwice = before != nil && (isInWindow || before?.mayCountTwice ?? false)
        series[labels, default: [:]][time] = entry
    }

    /// A sample whose append failed: nobody may see it, but the next start may find it in the log. Unless it may be in the log already, for only the
    /// sync failed: then it may be seen too.
    mutating func refuse(_ labels: Labels, _ time: Timestamp, _ sample: SentSample, mayBeSeen: Bool) {
        guard series[labels]?[time] == nil || series[labels]?[time]?.sight == .gone else { return }
        series[labels, default: [:]][time] = Entry(sample: sample, sight: mayBeSeen ? .open : .hidden, isDurable: false)
    }

    /// Everything shown has reached the disk.
    mutating func synced() {
        change { _, _, entry in
            if entry.sight == .shown { entry.isDurable = true }
        }
    }

    /// What a power cut has left, or has not, lies on the disk so.
    mutating func survived() {
        change { _, _, entry in if entry.sight != .hidden { entry.isDurable = true } }
    }

    /// A delete that was confirmed.
    mutating func delete(_ matches: @escaping (Labels) -> Bool, _ range: TimeRange) {
        deletions.append((matches, range))
        change { labels, time, entry in
            guard matches(labels), range.contains(time) else { return }
            // What nobody sees cannot be deleted either.
            if entry.sight == .hidden { return }
            if entry.sight == .shown { entry.mayReturn = false }
            entry.sight = .gone
            entry.isDurable = true
        }
    }

    /// A delete that failed half-way.
    mutating func mayDelete(_ matches: @escaping (Labels) -> Bool, _ range: TimeRange) {
        deletions.append((matches, range))
        mayLose { labels, time, _ in matches(labels) && range.contains(time) }
    }

    /// What was deleted may be back: a damaged file has lost the deletion.
    mutating func mayReturn(_ matches: (Labels, Timestamp) -> Bool) {
        change { labels, time, entry in if entry.sight == .gone, matches(labels, time) { entry.mayReturn = true } }
    }

    /// A block of this time has been removed by retention. Where no other block tells that the log is not needed, the next start finds there what it
    /// still has: after a jump of the clock that is welcome.
    mutating func purge(_ range: TimeRange) {
        change { _, time, entry in
            guard range.contains(time), entry.sight != .hidden else { return }
            entry.isPurged = true
            entry.isDurable = false
            if entry.sight == .shown { entry.sight = .open }
        }
    }

    /// Up to this time raw samples have gone and windows answer for them: what a damaged raw block had lost may be in those.
    mutating func uncover(through end: Timestamp) {
        change { _, time, entry in if entry.sight == .gone, entry.mayReturn, time <= end { entry.sight = .open } }
    }

    /// A tier's block was damaged, and nobody knows whether raw blocks have all that was in it.
    mutating func mayLoseWindows(_ range: TimeRange) {
        change { _, time, entry in if range.contains(time) { entry.mayBeInNoWindow = true } }
    }

    /// Samples may be lost from now on: a delete failed half-way, a file was damaged, the retention has passed.
    mutating func mayLose(isDamage: Bool = false, _ matches: (Labels, Timestamp, Entry) -> Bool) {
        change { labels, time, entry in
            guard matches(labels, time, entry) else { return }
            entry.isDurable = false
            if isDamage { entry.isSingle = true }
            if isDamage { entry.mayReturn = true }
            if entry.sight == .shown { entry.sight = .open }
        }
    }

    /// The next start after a power cut, or after a close: what was not durable, or was refused, may be there or not.
    mutating func restart(afterCrash: Bool) {
        change { _, _, entry in
            if afterCrash && !entry.isDurable && entry.sight != .gone { entry.isSingle = true }
            // Of those gone, a deletion that failed half-way is not durable.
            if entry.sight == .hidden || (afterCrash && !entry.isDurable) { entry.sight = .open }
            if entry.isPurged || (entry.sight == .gone && entry.mayReturn) { entry.sight = .open }
        }
    }

    private mutating func change(_ body: (Labels, Timestamp, inout Entry) -> Void) {
        for labels in Array(series.keys) {
            for time in Array(series[labels, default: [:]].keys) {
                guard var entry = series[labels]?[time] else { continue }
                body(labels, time, &entry)
                series[labels]?[time] = entry
            }
        }
    }

    /// Compares with what a source answers. With `settling`, what was open is decided by what is there: right after a start the disk is what it is.
    mutating func complain(_ text: String) { complaint = complaint ?? text }

    mutating func check(_ source: any SeriesSource, settling: Bool) throws {
        if let complaint { throw Violation(description: complaint) }
        var seen: [Labels: Set<Timestamp>] = [:]
        let set = try source.select(Selection(matchers: [], from: .min, through: .max))
        let answered = AnsweredSamples()
        let tiered = set as? any TieredSeriesSet
        var spans: [Labels: TierSpans] = [:]
        var before: Labels?
        for index in 0..<set.count {
            let labels = set.labels(index)
            if let tiered {
                spans[labels] = tiered.spans(index)
                try checkWindows(labels, tiered, index)
            }
            if let before, !(before < labels) { throw Violation(description: "\(labels) comes after \(before)") }
            before = labels
            answered.removeAll()
            try answered.read(set, index, from: .min, through: .max)
            seen[labels] = try check(labels, answered)
        }
        try checkNothingMissing(seen, spans)
        try checkNoSeriesMissing(spans)
        if settling { settle(seen, spans) }
    }

    private func check(_ labels: Labels, _ answered: AnsweredSamples) throws -> Set<Timestamp> {
        if let time = answered.disorder { throw Violation(description: "\(labels): \(time) is answered behind a later time, or twice") }
        var times: Set<Timestamp> = []
        for (time, sample) in answered.all {
            guard let entry = series[labels]?[time], entry.sight != .hidden, entry.sight != .gone else {
                throw Violation(description: "\(labels) at \(time): answered, but \(series[labels]?[time].map { "\($0.sight)" } ?? "never sent")")
            }
            guard entry.sample.isSame(as: sample) else { throw Violation(description: "\(labels) at \(time): answered with another value") }
            times.insert(time)
        }
        return times
    }

    private func checkNothingMissing(_ seen: [Labels: Set<Timestamp>], _ spans: [Labels: TierSpans]) throws {
        for (labels, entries) in series {
            let times = seen[labels] ?? []
            let spans = spans[labels] ?? spans.values.first
            let missing = entries.filter { $0.value.sight == .shown && !times.contains($0.key) && spans?.tier(at: $0.key) == nil }.keys.sorted()
            if !missing.isEmpty {
                throw Violation(description: "\(labels): \(missing.count) samples missing, from \(missing[0]) to \(missing[missing.count - 1])")
            }
        }
    }

    private mutating func settle(_ seen: [Labels: Set<Timestamp>], _ spans: [Labels: TierSpans]) {
        for labels in Array(series.keys) {
            let times = seen[labels] ?? []
            let spans = spans[labels] ?? spans.values.first
            var kept: [Timestamp: Entry] = [:]
            for (time, entry) in series[labels, default: [:]] {
                var entry = entry
                // Of what is in a window with others only their number is known; and windows of a time still to come may answer when it has come.
                if entry.sight == .open, spans?.tier(at: time) == nil {
                    entry.sight = times.contains(time) ? .shown : entry.isPurged ? .open : .gone
                }
                kept[time] = entry
            }
            series[labels] = kept
        }
    }
}
