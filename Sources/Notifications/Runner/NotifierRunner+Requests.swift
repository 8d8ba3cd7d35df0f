public import Catalog
import Model
public import Notifier
import Synchronization

extension NotifierRunner {
    // MARK: Alerts

    /// Takes alerts. Returns at once.
    public func take(_ alerts: [Alert]) {
        counters.received(alerts, at: environment.clock.now())
        submit(Errand { core, now in Outcome(steps: core.receive(alerts, at: now)) })
    }

    /// Takes alerts; returns when they are kept, so that whoever sent them may forget them.
    public func receive(_ alerts: [Alert]) async {
        counters.received(alerts, at: environment.clock.now())
        await withCheckedContinuation { continuation in
            submit(
                Errand { core, now in
                    Outcome(steps: core.receive(alerts, at: now), after: { continuation.resume() })
                })
        }
    }

    // MARK: Silences

    /// Sets a silence, as `Silences.set`; returns it as it is then, when it is kept and on record.
    public func set(_ silence: Silence, by requester: Requester) async throws(SilenceError) -> Silence {
        try await ordered { [environment] core, now in
            let before = core.silences[silence.id]
            do throws(SilenceError) {
                let (set, steps) = try core.set(silence, at: now, newID: environment.newID())
                return (.success(set), steps, AuditRecord(time: now, by: requester, "silence.set", before: before, after: set))
            } catch {
                return (.failure(error), NotifierSteps(), nil)
            }
        }
    }

    /// Ends a silence; one that has ended already stays as it is, and is no fault.
    @discardableResult
    public func expire(_ id: String, by requester: Requester) async throws(SilenceError) -> Silence {
        try await ordered { core, now in
            guard let before = core.silences[id] else { return (.failure(.unknown(id: id)), NotifierSteps(), nil) }
            guard before.state(at: now) != .expired, let steps = try? core.expireSilence(id, at: now) else {
                return (.success(before), NotifierSteps(), nil)
            }
            let after = core.silences[id] ?? before
            return (.success(after), steps, AuditRecord(time: now, by: requester, "silence.expire", before: before, after: after))
        }
    }

    private typealias SilenceOrder = @Sendable (inout NotifierCore, Timestamp) -> (Result<Silence, SilenceError>, NotifierSteps, AuditRecord?)

    private func ordered(_ order: @escaping SilenceOrder) async throws(SilenceError) -> Silence {
        let recording = environment.recording
        let result = await withCheckedContinuation { continuation in
            submit(
                Errand { core, now in
                    let (result, steps, record) = order(&core, now)
                    return Outcome(steps: steps) {
                        if let record { recording.record(.audit(record)) }
                        continuation.resume(returning: result)
                    }
                })
        }
        return try result.get()
    }

    // MARK: Configuration

    /// Works by another plan from the next request on. Returns at once.
    public func reload(_ plan: NotifierPlan) {
        submit(Errand { core, now in Outcome(steps: core.reload(plan, at: now)) })
    }
}

extension AuditRecord {
    fileprivate init(time: Timestamp, by requester: Requester, _ action: String, before: Silence?, after: Silence) {
        var requester = requester
        if requester.claimed == nil, action == "silence.set", !after.createdBy.isEmpty { requester.claimed = after.createdBy }
        self.init(
            time: time, by: requester, action: action, object: after.id, before: before?.json(at: time), after: after.json(at: time))
    }
}

extension AttemptRecord {
    init(_ delivery: Delivery, _ outcome: DeliveryOutcome, at now: Timestamp, milliseconds: Int64) {
        let (kind, detail): (Outcome, String) =
            switch outcome {
            case .accepted: (.accepted, "")
            case .refused(let reason): (.refused, reason)
            case .failed(let reason, _): (.failed, reason)
            }
        let integration = delivery.key.integration
        self.init(
            time: now, delivery: delivery.id, receiver: integration.receiver, integration: "\(integration.kind.rawValue)[\(integration.index)]",
            groupKey: delivery.key.group, attempt: delivery.attempts, outcome: kind, detail: detail, alerts: delivery.items.map(\.labels),
            isFiring: delivery.isFiring, duration: milliseconds)
    }
}
