public import Model

/// Something that is or was wrong, as rules and other servers tell it.
public struct Alert: Sendable, Hashable {
    public var labels: Labels
    /// Sorted by name.
    public var annotations: [Label]
    public var startsAt: Timestamp
    /// From then on it counts as resolved.
    public var endsAt: Timestamp
    /// Whether the end is only a guess: when it may be forgotten if nothing more is heard of it.
    public var endIsGuess: Bool
    public var updatedAt: Timestamp
    /// Where to read about what caused it.
    public var generatorAddress: String

    public init(
        labels: Labels, annotations: [Label] = [], startsAt: Timestamp, endsAt: Timestamp, endIsGuess: Bool = false, updatedAt: Timestamp,
        generatorAddress: String = ""
    ) {
        self.labels = labels
        self.annotations = annotations.sorted { precedes($0.name, $1.name) }
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.endIsGuess = endIsGuess
        self.updatedAt = updatedAt
        self.generatorAddress = generatorAddress
    }

    /// An alert as it was received, with the times filled in that were not given.
    public init(
        received labels: Labels, annotations: [Label], startsAt: Timestamp?, endsAt: Timestamp?, generatorAddress: String, at now: Timestamp,
        resolveTimeout: Int64
    ) {
        let end = endsAt ?? now.later(by: resolveTimeout)
        self.init(
            labels: labels, annotations: annotations, startsAt: startsAt ?? endsAt ?? now, endsAt: end, endIsGuess: endsAt == nil, updatedAt: now,
            generatorAddress: generatorAddress)
    }

    public var fingerprint: Fingerprint { Fingerprint(labels) }

    public func isResolved(at time: Timestamp) -> Bool { endsAt <= time }

    /// What both of two reports about one alert say together, if their times overlap; else the newer.
    func merged(into old: Alert, at now: Timestamp) -> Alert {
        let endsWithin = endsAt > old.startsAt && endsAt < old.endsAt
        let startsWithin = startsAt > old.startsAt && startsAt < old.endsAt
        guard endsWithin || startsWithin else { return self }
        let (older, newer) = updatedAt < old.updatedAt ? (self, old) : (old, self)
        var merged = newer
        merged.startsAt = min(older.startsAt, newer.startsAt)
        if newer.isResolved(at: now) {
            if older.isResolved(at: now) { merged.endsAt = max(older.endsAt, newer.endsAt) }
        } else if older.endsAt > newer.endsAt, !older.endIsGuess {
            // An end that was said outlasts a guess.
            merged.endsAt = older.endsAt
        }
        return merged
    }

    /// The order within notifications: by job, by instance, then by all labels, fewer first.
    static func precede(_ a: Labels, _ b: Labels) -> Bool {
        for name in ["job", "instance"] {
            switch (a[name], b[name]) {
            case (nil, nil): continue
            case (nil, _): return false
            case (_, nil): return true
            case (let x?, let y?): if !sameBytes(x, y) { return precedes(x, y) }
            }
        }
        return a.count != b.count ? a.count < b.count : precedeByName(a, b)
    }

    /// At the first name that only one has, or with different values.
    private static func precedeByName(_ a: Labels, _ b: Labels) -> Bool {
        for (x, y) in zip(a, b) {
            // Of the names of both, the smaller comes first; who lacks it precedes.
            if !sameBytes(x.name, y.name) { return precedes(y.name, x.name) }
            if !sameBytes(x.value, y.value) { return precedes(x.value, y.value) }
        }
        return false
    }
}
