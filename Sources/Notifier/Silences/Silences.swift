public import Model

/// All silences, those that have ended too until they are purged.
public struct Silences: Sendable {
    /// How long an ended silence is kept, milliseconds.
    public var retention: Int64

    private var byID: [String: Silence] = [:]

    public init(_ silences: [Silence] = [], retention: Int64 = 120 * 3_600_000) {
        self.retention = retention
        for silence in silences { byID[silence.id] = silence }
    }

    /// By end, then by ID.
    public var all: [Silence] {
        byID.values.sorted { $0.endsAt != $1.endsAt ? $0.endsAt < $1.endsAt : precedes($0.id, $1.id) }
    }

    public subscript(id: String) -> Silence? { byID[id] }

    /// Sets a silence: without an ID a new one, with one that silence changed. Where a change would rewrite the past or is about other alerts
    /// the old silence ends and a new one begins under `newID`.
    /// - Returns: the silences that are different now, the one that was meant last.
    public mutating func set(_ silence: Silence, at now: Timestamp, newID: @autoclosure () -> String) throws(SilenceError) -> [Silence] {
        if let problem = silence.problem { throw .invalid(problem) }
        var silence = silence
        silence.updatedAt = now
        let old = byID[silence.id]
        if !silence.id.isEmpty, old == nil { throw .unknown(id: silence.id) }
        if old?.canBecome(silence, at: now) == true {
            byID[silence.id] = silence
            return [silence]
        }
        silence.startsAt = max(silence.startsAt, now)
        // It may have ended while it was being typed.
        if silence.endsAt < silence.startsAt { throw .invalid("end time must not be in the past") }
        var changed: [Silence] = []
        if let old, old.state(at: now) != .expired { changed.append(try expire(old.id, at: now)) }
        silence.id = newID()
        byID[silence.id] = silence
        return changed + [silence]
    }

    /// Ends a silence now.
    public mutating func expire(_ id: String, at now: Timestamp) throws(SilenceError) -> Silence {
        guard var silence = byID[id] else { throw .unknown(id: id) }
        switch silence.state(at: now) {
        case .expired: throw .alreadyExpired(id: id)
        case .pending: silence.startsAt = now
        case .active: break
        }
        silence.endsAt = now
        silence.updatedAt = now
        byID[id] = silence
        return silence
    }

    /// Forgets what ended long ago; gives what it forgot.
    public mutating func purge(at now: Timestamp) -> [Silence] {
        let old = byID.values.filter { $0.endsAt.later(by: retention) <= now }
        for silence in old { byID[silence.id] = nil }
        return old.sorted { precedes($0.id, $1.id) }
    }

    /// The IDs of the active silences for an alert, sorted.
    public func silencing(_ labels: Labels, at time: Timestamp) -> [String] {
        byID.values.filter { $0.state(at: time) == .active && $0.matchers.match(labels) }.map(\.id).sorted(by: precedes)
    }

    public func silences(_ labels: Labels, at time: Timestamp) -> Bool {
        byID.values.contains { $0.state(at: time) == .active && $0.matchers.match(labels) }
    }
}
