/// How far the parts of a server have come.
public struct PartProgress: Sendable {
    /// What must go on for a server to be well.
    public enum Part: String, Sendable, CaseIterable {
        case scrapes
        /// Samples that the log has taken.
        case appends
        case evaluations
        case notifier
    }

    /// What is read of a part.
    public struct Reading: Sendable {
        /// Grows with everything that the part does, and never otherwise.
        public var count: Int
        /// How often it has something to do at least, milliseconds.
        public var interval: Int64

        public init(count: Int, interval: Int64) {
            self.count = count
            self.interval = interval
        }
    }

    /// A part that has nothing to do is not there.
    public var readings: [Part: Reading]

    public init(_ readings: [Part: Reading]) { self.readings = readings }
}

/// Says which parts of a server stand still.
struct ProgressWatch {
    private struct Seen {
        var count: Int
        /// When it was seen to have grown; nil: not yet.
        var grew: Int64?
    }

    /// Between two looks, milliseconds.
    let interval: Int64
    private var seen: [PartProgress.Part: Seen] = [:]

    init(interval: Int64) { self.interval = interval }

    /// The parts that have not advanced within two intervals: the watch's, or the part's own if that is longer. A part counts from its first step
    /// on that is seen; one that has nothing to do cannot stand still.
    /// - Parameter now: monotonic milliseconds.
    mutating func standing(_ progress: PartProgress, at now: Int64) -> [PartProgress.Part] {
        PartProgress.Part.allCases.filter { part in
            guard let reading = progress.readings[part] else {
                seen[part] = nil
                return false
            }
            var known = seen[part] ?? Seen(count: reading.count, grew: nil)
            if reading.count != known.count { known = Seen(count: reading.count, grew: now) }
            seen[part] = known
            let allowed = 2 * max(interval, reading.interval)
            // No sleep is exact.
            return known.grew.map { now - $0 >= allowed - allowed / 20 } ?? true
        }
    }
}
