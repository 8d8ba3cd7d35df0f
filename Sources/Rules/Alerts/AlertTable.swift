import Model
import PromQL

/// The alerts of one rule: a state machine that evaluations drive. It knows no clock, no storage and no queries.
///
/// Alerts are told apart by their labels. What a result's labels become is kept from one evaluation to the next, in the order of the results, so
/// that an answer with the same series as before costs a comparison of bytes for each.
struct AlertTable {
    /// Expands a template for a result.
    typealias Expand = (_ template: String, _ result: VectorSample) -> String

    /// A result of the last evaluation and the alert it stands for.
    private struct Known {
        let result: Labels
        let slot: Int
    }

    let texts: AlertTexts
    let hold: Int64
    let keepFiring: Int64
    private(set) var alerts: [Alert?] = []
    private var free: [Int] = []
    private var slots: [Labels: Int] = [:]
    private var known: [Known] = []
    /// The number of the evaluation.
    private(set) var round: UInt64 = 0
    private(set) var activeCount = 0
    /// What has changed since somebody asked.
    private var changes: [AlertChange] = []

    init(texts: AlertTexts, hold: Int64, keepFiring: Int64) {
        self.texts = texts
        self.hold = hold
        self.keepFiring = keepFiring
    }

    /// The worst state of any alert.
    var state: AlertState { alerts.reduce(.inactive) { max($0, $1?.state ?? .inactive) } }

    /// Takes over the alerts of the rule that this one replaces.
    mutating func adopt(_ old: AlertTable) {
        alerts = old.alerts
        free = old.free
        slots = old.slots
        round = old.round
        activeCount = old.activeCount
    }

    /// Changes every alert. Its labels are fixed.
    mutating func update(_ body: (inout Alert) -> Void) {
        for slot in alerts.indices { alerts[slot]?.apply(body) }
    }

    /// Takes in the answer to the rule's query. Throws, and changes no alert, if two results come to the same labels.
    ///
    /// - Parameters:
    ///   - lacking: how many results, the last ones, stand for series that have no data.
    ///   - keepsOrigins: whether alerts remember the result they came from.
    ///   - silence: says what it means for an active alert that the answer does not have it.
    mutating func evaluate(
        _ results: [VectorSample], lacking: Int = 0, at time: Timestamp, limit: Int64, keepsOrigins: Bool = false,
        silence: (Alert) -> Silence = { _ in .noBreach }, expand: Expand
    ) throws(RuleFailure) {
        round += 1
        try take(results, at: time, keepsOrigins, expand)
        for one in known.suffix(lacking) { markLacking(one.slot) }
        // Labels that depend on more than the result's own are worked out every time.
        if texts.labelReach > .labels { known = [] }
        activeCount = 0
        for slot in alerts.indices { settle(slot, at: time, silence) }
        if limit > 0, activeCount > limit {
            let count = Int64(activeCount)
            removeAll()
            throw .limit(limit, found: count, of: "alerts")
        }
        for slot in alerts.indices { noteChange(slot) }
    }

    /// Where the alert with these labels is.
    func index(of labels: Labels) -> Int? { slots[labels] }

    /// Adds an alert that comes of no result; there is none with its labels.
    mutating func add(_ alert: Alert) {
        _ = insert(alert)
        if alert.isActive { activeCount += 1 }
    }

    mutating func removeAll() {
        for slot in alerts.indices { noteEnd(slot) }
        alerts = []
        free = []
        slots = [:]
        known = []
        activeCount = 0
    }

    // MARK: Results

    /// What a result comes to.
    private enum Find {
        /// The alert that it was in the last evaluation too.
        case same(slot: Int)
        case labels(Labels)
    }

    private mutating func take(_ results: [VectorSample], at time: Timestamp, _ keepsOrigins: Bool, _ expand: Expand) throws(RuleFailure) {
        let finds = find(results, expand)
        try checkUnique(finds)
        var next: [Known] = []
        next.reserveCapacity(results.count)
        for (result, find) in zip(results, finds) {
            let slot: Int
            switch find {
            case .same(let same): slot = refresh(same, result, at: time, isSame: true, expand)
            case .labels(let labels):
                if let there = slots[labels] {
                    slot = refresh(there, result, at: time, isSame: false, expand)
                } else {
                    slot = insert(begin(labels, result, at: time, expand))
                }
            }
            alerts[slot]?.seen = round
            if keepsOrigins { alerts[slot]?.origin = result.labels.droppingMetricName() }
            next.append(Known(result: result.labels, slot: slot))
        }
        known = next
    }

    mutating func markLacking(_ slot: Int) {
        alerts[slot]?.lacksData = true
        guard alerts[slot]?.annotations.contains(where: { $0.name == NoDataPolicy.annotation }) == false else { return }
        alerts[slot]?.annotations.append(Label(NoDataPolicy.annotation, "true"))
    }

    private func find(_ results: [VectorSample], _ expand: Expand) -> [Find] {
        var places: [Labels: Int]?
        var cursor = 0
        return results.map { result in
            if cursor < known.count, known[cursor].result == result.labels {
                cursor += 1
                return .same(slot: known[cursor - 1].slot)
            }
            if places == nil { places = Dictionary(known.enumerated().map { ($1.result, $0) }) { $1 } }
            if let place = places?[result.labels] {
                cursor = place + 1
                return .same(slot: known[place].slot)
            }
            return .labels(texts.labels(of: result.labels) { expand($0, result) })
        }
    }

    private func checkUnique(_ finds: [Find]) throws(RuleFailure) {
        // Results that are all as they were have been checked before.
        if finds.allSatisfy({ if case .same = $0 { true } else { false } }) { return }
        var seen: Set<Labels> = []
        for find in finds {
            let labels: Labels? =
                switch find {
                case .same(let slot): alerts[slot]?.labels
                case .labels(let labels): labels
                }
            if let labels, !seen.insert(labels).inserted { throw .sameLabels("alert") }
        }
    }

    /// Brings an alert up to date; one that is no longer active begins anew.
    private mutating func refresh(_ slot: Int, _ result: VectorSample, at time: Timestamp, isSame: Bool, _ expand: Expand) -> Int {
        // Field by field: a copy of an alert is dear where there are many.
        guard let isActive = alerts[slot]?.isActive, let before = alerts[slot]?.value, let lackedData = alerts[slot]?.lacksData else {
            return insert(begin(texts.labels(of: result.labels) { expand($0, result) }, result, at: time, expand))
        }
        guard isActive else {
            if let labels = alerts[slot]?.labels { alerts[slot] = begin(labels, result, at: time, expand) }
            return slot
        }
        let value = result.alertValue
        // Where the result is another one, or the rule was replaced, nothing that was worked out before holds.
        let holds = isSame && !lackedData
        let settled: TemplateReach = value.bitPattern == before.bitPattern ? .value : .labels
        if !holds || texts.annotationReach > settled {
            let old = holds ? alerts[slot]?.annotations : nil
            alerts[slot]?.annotations = texts.annotations(after: old, settled: settled) { expand($0, result) }
        }
        alerts[slot]?.value = value
        alerts[slot]?.lacksData = false
        return slot
    }

    private func begin(_ labels: Labels, _ result: VectorSample, at time: Timestamp, _ expand: Expand) -> Alert {
        let annotations = texts.annotations(after: nil, settled: .constant) { expand($0, result) }
        return Alert(labels: labels, annotations: annotations, value: result.alertValue, activeAt: time, seen: round)
    }

    private mutating func insert(_ alert: Alert) -> Int {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            alerts[slot] = alert
        } else {
            slot = alerts.count
            alerts.append(alert)
        }
        slots[alert.labels] = slot
        return slot
    }

    // MARK: States

    private mutating func settle(_ slot: Int, at time: Timestamp, _ silence: (Alert) -> Silence) {
        guard let seen = alerts[slot]?.seen else { return }
        if seen == round {
            alerts[slot]?.keepFiringSince = nil
        } else if let alert = alerts[slot], alert.isActive, silence(alert) == .unchanged {
            activeCount += 1
            return
        } else if alerts[slot]?.miss(at: time, keepFiring: keepFiring) != true {
            return remove(slot)
        }
        guard alerts[slot]?.isActive == true else { return }
        activeCount += 1
        alerts[slot]?.settle(at: time, hold: hold)
    }

    private mutating func remove(_ slot: Int) {
        noteEnd(slot)
        if let labels = alerts[slot]?.labels { slots[labels] = nil }
        alerts[slot] = nil
        free.append(slot)
    }

    // MARK: Changes

    private mutating func noteChange(_ slot: Int) {
        guard let state = alerts[slot]?.state, alerts[slot]?.told != state, let alert = alerts[slot] else { return }
        changes.append(AlertChange(alert, to: state))
        alerts[slot]?.told = state
    }

    private mutating func noteEnd(_ slot: Int) {
        guard let alert = alerts[slot], alert.told != .inactive else { return }
        changes.append(AlertChange(alert, to: .inactive))
    }

    /// What has become of alerts since this was asked last.
    mutating func takeChanges() -> [AlertChange] {
        if changes.isEmpty { return [] }
        defer { changes = [] }
        return changes
    }

    // MARK: Sending

    /// Has every alert that is to be told of noted as told, and gives them.
    mutating func takeDue(at time: Timestamp, resendDelay: Int64, _ body: (Alert) -> SentAlert) -> [SentAlert] {
        var due: [SentAlert] = []
        for slot in alerts.indices {
            guard alerts[slot]?.needsSending(at: time, resendDelay: resendDelay) == true, let alert = alerts[slot] else { continue }
            alerts[slot]?.lastSentAt = time
            due.append(body(alert))
        }
        return due
    }
}

/// What it means for an active alert that the answer has nothing for it.
enum Silence {
    /// Its condition is false.
    case noBreach
    /// There are no data, and the alert stays as it is.
    case unchanged
}

extension VectorSample {
    /// What templates and the API show; a histogram has no one value.
    var alertValue: Double { histogram == nil ? sample.value : 0 }
}
