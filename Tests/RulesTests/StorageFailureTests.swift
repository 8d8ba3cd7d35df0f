import Model
import TestKit
import PromQL
import Rules
import Synchronization
import TSDB
import Testing

@Suite("Rules over a storage that fails")
struct StorageFailureTests {
    /// Passes batches on as long as it works.
    private final class FragileStorage: RuleStorage {
        let isBroken = Atomic<Bool>(false)
        private let head: Head

        init(_ head: Head) { self.head = head }

        func append(_ batch: inout AppendBatch) throws(StorageError) -> AppendOutcome {
            if isBroken.load(ordering: .relaxed) { throw .readOnly(reason: "the disk is full") }
            return try head.append(&batch)
        }
    }

    @Test("alerts are sent all the same, and series that could not be ended are ended later")
    func broken() throws {
        let clock = ManualClock(Simulation.start)
        let head = Head(options: HeadOptions(), clock: clock)
        let storage = FragileStorage(head)
        let sent = SentAlerts()
        let environment = RuleEnvironment(
            clock: clock, querier: EngineQuerier(Engine(), over: head), storage: storage, source: head, templates: SmallTemplates(), sink: sent)
        let manager = RuleManager(environment)
        manager.update(try RuleFile.parse(Array(oneGroup("- {alert: A, expr: x == 1}").utf8), file: "r.yml"), RuleDefaults(interval: 60_000))
        func step(_ value: Double) throws {
            clock.set(clock.now() + 60_000)
            var batch = AppendBatch()
            batch.add(Labels([Label("__name__", "x")]), clock.now(), value)
            _ = try head.append(&batch)
            for group in manager.groups { group.evaluate(at: clock.now()) }
        }
        func series() throws -> Int {
            guard case .vector(let samples) = try Engine().instant("ALERTS", at: clock.now(), over: head).value else { return 0 }
            return samples.count
        }
        for _ in 0..<3 { try step(1) }
        #expect(try series() == 1)
        _ = sent.take()
        storage.isBroken.store(true, ordering: .relaxed)
        try step(0)
        #expect(sent.take().first?.resolvedAt == clock.now())
        #expect(manager.report[0].rules[0].lastError == "no samples are taken: the disk is full")
        #expect(try series() == 1)
        storage.isBroken.store(false, ordering: .relaxed)
        try step(0)
        #expect(try series() == 0)
        #expect(manager.report[0].rules[0].health == .ok)
    }

    @Test("a rule whose new series the head has no room for fails with the reason, the others go on, and alerts are sent")
    func budget() throws {
        let clock = ManualClock(Simulation.start)
        var options = HeadOptions()
        options.budget = SeriesBudget(series: 3)
        let head = Head(options: options, clock: clock)
        let sent = SentAlerts()
        let environment = RuleEnvironment(
            clock: clock, querier: EngineQuerier(Engine(), over: head), storage: head, source: head, templates: SmallTemplates(), sink: sent)
        let manager = RuleManager(environment)
        let rules = "- {record: r, expr: x}\n- {alert: A, expr: x == 2}"
        manager.update(try RuleFile.parse(Array(oneGroup(rules).utf8), file: "r.yml"), RuleDefaults(interval: 60_000))
        func step(_ values: Double...) throws {
            clock.set(clock.now() + 60_000)
            var batch = AppendBatch()
            for (number, value) in values.enumerated() { batch.add(Labels([Label("__name__", "x"), Label("n", "\(number)")]), clock.now(), value) }
            _ = try head.append(&batch)
            for group in manager.groups { group.evaluate(at: clock.now()) }
        }
        func count(_ query: String) throws -> Int {
            guard case .vector(let samples) = try Engine().instant(query, at: clock.now(), over: head).value else { return 0 }
            return samples.count
        }
        // Two of three samples are stored, and of what the first rule makes of them one.
        try step(1, 2)
        #expect(manager.report[0].rules[0].lastError == "the head takes no new series: its budget is used up")
        #expect(try count("r") == 1 && head.stats.series == 3)
        #expect(sent.take().count == 1)
        try step(1, 1)
        #expect(try count("r") == 1)
        // No end is written of what never was.
        #expect(head.stats.series == 3)
        head.setSeriesBudget(SeriesBudget())
        try step(1, 2)
        #expect(manager.report[0].rules.allSatisfy { $0.health == .ok })
        #expect(try count("r") == 2)
    }
}
