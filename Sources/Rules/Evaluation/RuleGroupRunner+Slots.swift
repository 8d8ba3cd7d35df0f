import Model
import Synchronization

// When a group is due.
extension RuleGroupRunner {
    /// Sets the first slot: the first one behind `now`.
    func begin(at now: Timestamp) {
        state.withLock { $0.nextSlot = slots.slot(after: now) }
    }

    /// When the group wants to be evaluated; nil before it has begun.
    var nextSlot: Timestamp? { state.withLock { $0.nextSlot } }

    /// Evaluates the group for the slot that `now` is in. Slots before it that were missed are counted and left out.
    func run(at now: Timestamp) {
        guard let due = takeSlot(at: now) else { return }
        if due.missed > 0 { environment.report(.missed(group: group.key, slots: due.missed)) }
        evaluate(at: due.slot)
    }

    private func takeSlot(at now: Timestamp) -> (slot: Timestamp, missed: Int)? {
        state.withLock { state in
            guard let next = state.nextSlot else { return nil }
            let slot = slots.slot(atOrBefore: now)
            guard slot >= next else {
                // A clock that was set back must not silence the group until the old time comes again.
                if next - now > slots.interval { state.nextSlot = slot + slots.interval }
                return nil
            }
            state.nextSlot = slot + slots.interval
            let missed = Int((slot - next) / slots.interval)
            state.numbers.iterations += missed
            state.numbers.iterationsMissed += missed
            return (slot, missed)
        }
    }
}
