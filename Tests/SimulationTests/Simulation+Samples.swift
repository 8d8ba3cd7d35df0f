import Model
import TSDB
import TestKit

/// What is sent to the database.
extension Simulation {
    mutating func addTarget() {
        nextTarget += 1
        var new = Labels([(name: "__name__", value: "m\(nextTarget % 3)"), (name: "n", value: "\(nextTarget)")])
        if !gone.isEmpty, random.below(3) == 0 { new = gone.remove(at: random.below(gone.count)) }
        if targets.count < 6 { return targets.append(new) }
        let place = random.below(targets.count)
        end(targets[place])
        targets[place] = new
    }

    /// A series ends with a stale marker, at a time that nothing else is sent for.
    mutating func end(_ target: Labels) {
        gone.append(target)
        append([(target, clock.now() + 1)], isEnd: true)
    }

    /// All targets send samples over some minutes, whole batches at a time.
    mutating func scrape() {
        for _ in 0..<1 + random.below(12) {
            clock.pass(Self.minute / 2 + Int64(random.below(60)) * 1000)
            let time = clock.now()
            append(targets.map { ($0, time) })
        }
    }

    mutating func late() {
        guard let target = targets.randomElement(using: &random) else { return }
        // Two of five are within the window.
        append([(target, clock.now() - Int64(random.below(25 * 60)) * (options.head.outOfOrderWindow / 600))])
    }

    mutating func append(_ samples: [(Labels, Timestamp)], isEnd: Bool = false) {
        guard let database else { return }
        var batch = AppendBatch()
        let sent = { (labels: Labels, time: Timestamp) in SentSample(labels, time, isEnd: isEnd) }
        for (labels, time) in samples { sent(labels, time).add(to: &batch, labels, time) }
        let (known, count) = options.head.budget == SeriesBudget() ? ([], 0) : (known(database), database.head.stats.series)
        let isInWindow = samples.map { labels, time in ledger.entry(labels, time) != nil && answersByWindows(database, labels, time) }
        guard let outcome = try? database.head.append(&batch) else {
            for (labels, time) in samples { ledger.refuse(labels, time, sent(labels, time), mayBeSeen: options.walSync == .always) }
            return note("  append failed")
        }
        judgeRefusals(outcome, of: samples.map(\.0), known: known, count: count, database)
        let durable = options.walSync == .always
        if outcome.refused == 0 {
            for (place, (labels, time)) in samples.enumerated() {
                ledger.acknowledge(labels, time, sent(labels, time), isDurable: durable, isInWindow: isInWindow[place])
            }
        } else {
            // Which of them were refused is in no outcome: a look tells.
            note("  \(outcome.refused) of \(samples.count) refused")
            note("  \(outcome)")
            for (place, (labels, time)) in samples.enumerated() where shows(database, labels, time) {
                ledger.acknowledge(labels, time, sent(labels, time), isDurable: durable, isInWindow: isInWindow[place])
            }
        }
    }

    /// The head's series.
    private func known(_ database: Database) -> Set<Labels> {
        guard let set = try? database.head.select(Selection(matchers: [], from: .min, through: .max)) else { return [] }
        return Set((0..<set.count).map(set.labels))
    }

    /// The budget refuses no series that is there, and takes none beyond its limit. What it refuses is in no ledger: if it were seen later, the next
    /// check would tell.
    private mutating func judgeRefusals(_ outcome: AppendOutcome, of labels: [Labels], known: Set<Labels>, count: Int, _ database: Database) {
        guard let limit = options.head.budget.series else { return }
        for index in outcome.seriesRefused where known.contains(labels[index]) { ledger.complain("\(labels[index]) is there and was refused") }
        let room = max(0, limit - count)
        if outcome.seriesCreated > room { ledger.complain("\(outcome.seriesCreated) series were taken where there was room for \(room)") }
        events["series refused", default: 0] += outcome.seriesRefused.count
        if outcome.seriesCreated > 0, database.head.budgetRound > 0 { events["series taken after refusals", default: 0] += 1 }
    }

    private func answersByWindows(_ database: Database, _ labels: Labels, _ time: Timestamp) -> Bool {
        guard let set = try? database.source.select(Selection(matchers: [], from: .min, through: .max)) as? any TieredSeriesSet else { return false }
        return (0..<set.count).contains { set.labels($0) == labels && set.spans($0).tier(at: time) != nil }
    }

    private func shows(_ database: Database, _ labels: Labels, _ time: Timestamp) -> Bool {
        let found = AnsweredSamples()
        guard let set = try? database.head.select(Selection(matchers: [], from: time, through: time)) else { return false }
        for index in 0..<set.count where set.labels(index) == labels { try? found.read(set, index, from: time, through: time) }
        return found.count > 0
    }
}
