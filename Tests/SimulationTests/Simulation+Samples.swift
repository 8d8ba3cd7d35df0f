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

    /// The value follows from series and time, so that what is sent twice is the same twice.
    static func value(_ labels: Labels, _ time: Timestamp) -> Double {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in labels.encoding { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        return Double((hash ^ UInt64(bitPattern: time)) % 1000)
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
        append([(target, clock.now() - Int64(random.below(25 * 60)) * 1000)])
    }

    mutating func append(_ samples: [(Labels, Timestamp)], isEnd: Bool = false) {
        guard let database else { return }
        var batch = AppendBatch()
        let value = { (labels: Labels, time: Timestamp) in isEnd ? StaleMarker.value : Self.value(labels, time) }
        for (labels, time) in samples { batch.add(labels, time, value(labels, time)) }
        guard let outcome = try? database.head.append(&batch) else {
            for (labels, time) in samples { ledger.refuse(labels, time, value(labels, time).bitPattern) }
            return note("  append failed")
        }
        let durable = options.walSync == .always
        if outcome.refused == 0 {
            for (labels, time) in samples { ledger.acknowledge(labels, time, value(labels, time).bitPattern, isDurable: durable) }
        } else {
            // Which of them were refused is in no outcome: a look tells.
            note("  \(outcome.refused) of \(samples.count) refused")
            note("  \(outcome)")
            for (labels, time) in samples where shows(database, labels, time) {
                ledger.acknowledge(labels, time, value(labels, time).bitPattern, isDurable: durable)
            }
        }
    }

    private func shows(_ database: Database, _ labels: Labels, _ time: Timestamp) -> Bool {
        let column = SampleColumn()
        guard let set = try? database.head.select(Selection(matchers: [], from: time, through: time)) else { return false }
        for index in 0..<set.count where set.labels(index) == labels { try? set.read(index, from: time, through: time, into: column) }
        return column.count > 0
    }
}
