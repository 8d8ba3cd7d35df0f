public import Model

extension NotifierState {
    /// The state as a process goes on from it that begins now. While nobody was there to hear of them, firing alerts cannot have run out: each may
    /// be silent once more for as long as it might have been when it was last heard of. Without this every longer stop would tell of everything
    /// as resolved, and then as firing again.
    public func resumed(at now: Timestamp) -> NotifierState {
        var state = self
        state.alerts = alerts.map { alert in
            guard alert.endsAt > alert.updatedAt, alert.endsAt <= now else { return alert }
            var alert = alert
            alert.endsAt = now.later(by: alert.endsAt - alert.updatedAt)
            return alert
        }
        return state
    }
}
