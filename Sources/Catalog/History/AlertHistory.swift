public import Model

/// What is on record of alerts that are active: turns what rules tell into transitions that are put on record once each, also over restarts.
///
/// Behind a start rules find their alerts again step by step: one that is on record as firing may begin as pending and fire an evaluation later. Such
/// steps on the way back to where it was are none for the record: the alert goes on. What is on record and has not come back by the time its group
/// is `settled` has ended while nobody looked.
public struct AlertHistory: Sendable {
    /// By what each is known by: the transition that brought it into its state.
    private var open: [AlertIdentity: TransitionRecord] = [:]

    /// - Parameter open: what the run before has left, as the catalog has it.
    public init(_ open: [TransitionRecord]) {
        for transition in open where transition.to != .inactive { self.open[AlertIdentity(transition)] = transition }
    }

    /// How many alerts are active.
    public var count: Int { open.count }

    /// Takes what a rule tells; gives what is to be put on record of it, nil if that is there.
    public mutating func take(_ told: TransitionRecord) -> TransitionRecord? {
        let identity = AlertIdentity(told)
        guard let known = open[identity] else {
            guard told.to != .inactive else { return nil }
            var begun = told
            begun.from = .inactive
            open[identity] = begun
            return begun
        }
        if told.to == known.to || (told.from == .inactive && told.to < known.to) { return nil }
        var next = told
        next.from = known.to
        next.activeAt = min(known.activeAt, told.activeAt)
        open[identity] = next.to == .inactive ? nil : next
        return next
    }

    /// A group has been evaluated with all it knew before: what of its alerts is on record and not active has ended.
    ///
    /// - Parameters:
    ///   - active: the labels of the group's active alerts.
    ///   - unknown: names of alerts whose rules could not be evaluated.
    public mutating func settle(file: String, group: String, active: Set<Labels>, unknown: [String], at time: Timestamp) -> [TransitionRecord] {
        end(at: time) { identity in
            sameBytes(identity.file, file) && sameBytes(identity.group, group) && !active.contains(identity.labels)
                && !unknown.contains { name in sameBytes(identity.labels["alertname"] ?? "", name) }
        }
    }

    /// Groups that are not in force any more have no alerts.
    ///
    /// - Parameter isInForce: whether there is a group of that file and name.
    public mutating func retain(at time: Timestamp, _ isInForce: (_ file: String, _ group: String) -> Bool) -> [TransitionRecord] {
        end(at: time) { !isInForce($0.file, $0.group) }
    }

    private mutating func end(at time: Timestamp, _ hasEnded: (AlertIdentity) -> Bool) -> [TransitionRecord] {
        let ended = open.filter { hasEnded($0.key) }.sorted { $0.key.labels < $1.key.labels }
        return ended.map { identity, known in
            open[identity] = nil
            var end = known
            end.time = time
            end.from = known.to
            end.to = .inactive
            return end
        }
    }
}

extension TransitionRecord.State: Comparable {
    private var rank: Int {
        switch self {
        case .inactive: 0
        case .pending: 1
        case .firing: 2
        }
    }

    /// How far an alert has come.
    public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
}
