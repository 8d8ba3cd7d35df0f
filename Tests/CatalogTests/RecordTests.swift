import Model
import Synchronization
import TSDB
import TestKit
import Testing

@testable import Catalog

@Suite("Records")
struct RecordTests {
    @Test("every record comes back as it was", arguments: [UInt64(1), 2, 3])
    func roundTrip(seed: UInt64) throws {
        var values = RandomValues(seed)
        let workshop = try Workshop()
        let entries = (0..<200).map { _ in values.entry() }
        let catalog = try workshop.open()
        for entry in entries { catalog.recorder.record(entry) }
        catalog.flush()
        #expect(try catalog.all() == entries, "seed \(seed)")
        catalog.close()
        let again = try workshop.open()
        #expect(try again.all() == entries, "seed \(seed)")
        #expect(try again.verify().fault == nil)
        #expect(workshop.metric("martlet_catalog_records_total") == 200)
    }

    @Test("a value that is no number comes back as such")
    func notANumber() throws {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        var transition = TransitionRecord.make("A", .inactive, .firing)
        transition.value = .nan
        catalog.recorder.record(.transition(transition))
        catalog.flush()
        guard case .transition(let kept)? = try catalog.all().first else { return #expect(Bool(false), "no transition") }
        #expect(kept.value.isNaN)
    }

    private func filled() throws -> (Workshop, Catalog) {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        let (a, b) = (Labels([(name: "alertname", value: "A"), (name: "severity", value: "critical")]), Labels([(name: "alertname", value: "B")]))
        let entries: [RecordEntry] = [
            .audit("silence.set", "s1", at: 10), .audit("silence.expire", "s1", at: 20), .audit("login.fail", at: 30),
            .transition("A", .inactive, .pending, at: 40, ["severity": "critical"]),
            .transition("A", .pending, .firing, at: 50, ["severity": "critical"]),
            .transition("B", .inactive, .firing, at: 60), .attempt("mail", .failed, at: 70, [a, b]), .attempt("chat", .accepted, at: 80, [b]),
        ]
        for entry in entries { catalog.recorder.record(entry) }
        catalog.flush()
        return (workshop, catalog)
    }

    @Test("records are found by kind, time, action, receiver and labels; the newest come first")
    func search() throws {
        let (_, catalog) = try filled()
        func times(_ kinds: Set<RecordKind> = Set(RecordKind.allCases), _ change: (inout RecordQuery) throws -> Void) throws -> [Timestamp] {
            var query = RecordQuery(kinds: kinds)
            try change(&query)
            return try catalog.records(query).records.map(\.entry.time)
        }
        #expect(try times { _ in } == [80, 70, 60, 50, 40, 30, 20, 10])
        #expect(try times([.audit]) { _ in } == [30, 20, 10])
        #expect(try times([.attempt, .transition]) { $0.actions = ["firing", "failed"] } == [70, 60, 50])
        #expect(try times { $0.actions = ["silence."] } == [20, 10])
        #expect(try times { $0.actions = ["silence.", "login.fail"] } == [30, 20, 10])
        #expect(try times { $0.actions = ["silence"] } == [])
        #expect(try times { $0.receivers = ["mail"] } == [70])
        #expect(try times { ($0.from, $0.through) = (20, 50) } == [50, 40, 30, 20])
        #expect(try times { $0.selectors = [[Matcher(name: "alertname", equals: "A")]] } == [70, 50, 40])
        #expect(try times { $0.selectors = [[try Matcher(.matches, "alertname", "A|B"), Matcher(name: "severity", equals: "")]] } == [80, 70, 60])
        #expect(try times { $0.selectors = [[Matcher(name: "alertname", equals: "none")]] } == [])
        #expect(try times { $0.limit = 0 } == [])
    }

    @Test("pages go on where the last one ended, whatever is added meanwhile")
    func paging() throws {
        let (_, catalog) = try filled()
        var query = RecordQuery(kinds: [.audit, .transition], limit: 2)
        var pages: [[Timestamp]] = []
        repeat {
            let page = try catalog.records(query)
            pages.append(page.records.map(\.entry.time))
            query.after = page.next
            catalog.recorder.record(.audit("late", at: 1000))
            catalog.recorder.record(.audit("same time", at: 60))
            catalog.flush()
        } while query.after != nil
        #expect(pages == [[60, 50], [40, 30], [20, 10]])
    }

    @Test("a cursor is a text that comes back", arguments: [(5, 3), (-5, 3), (.min, .max)])
    func cursors(time: Timestamp, number: Int64) {
        let cursor = RecordCursor(time: time, number: number)
        #expect(RecordCursor(cursor.description) == cursor)
    }

    @Test("other texts are no cursors", arguments: ["", "-", "5", "5-", "5-0", "a-1", "5--1", "1-2-3", "5-99999999999999999999"])
    func noCursors(text: String) { #expect(RecordCursor(text) == nil) }
}

@Suite("Purging")
struct PurgeTests {
    @Test("records older than the retention go, in slices, and the rest still verifies")
    func purge() throws {
        var workshop = try Workshop()
        workshop.options.purgeSlice = 7
        let catalog = try workshop.open()
        for day in 0..<50 { catalog.recorder.record(.transition("A\(day % 3)", .inactive, .firing, at: Workshop.start + Int64(day) * Workshop.day)) }
        catalog.flush()
        workshop.clock.set(Workshop.start + 385 * Workshop.day)
        catalog.maintain()
        let left = try catalog.all()
        #expect(left.count { $0.kind == .transition } == 30)
        #expect(left.count { $0.action == "records.purge" } == 3)
        let verification = try catalog.verify()
        #expect(verification.fault == nil && verification.purged.number == 20 && verification.records == left.count)
        catalog.maintain()
        #expect(try catalog.all().count == left.count)
    }

    @Test("purging waits a day, also over a restart")
    func daily() throws {
        let workshop = try Workshop()
        var catalog = try workshop.open()
        catalog.maintain()
        catalog.recorder.record(.audit("old", at: Workshop.start - 400 * Workshop.day))
        catalog.close()
        catalog = try workshop.open()
        workshop.clock.set(Workshop.start + Workshop.day - 1)
        catalog.maintain()
        #expect(try catalog.all().map(\.action) == ["old"])
        workshop.clock.set(Workshop.start + Workshop.day)
        catalog.maintain()
        #expect(try catalog.all().map(\.action) == ["records.purge"])
    }

    @Test("what is announced for later holds up nothing")
    func future() throws {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        catalog.recorder.record(.audit("future", at: Workshop.start + 900 * Workshop.day))
        catalog.recorder.record(.audit("old", at: Workshop.start - 400 * Workshop.day))
        catalog.recorder.record(.audit("new", at: Workshop.start))
        catalog.flush()
        catalog.maintain()
        #expect(try catalog.all().map(\.action) == ["new", "records.purge"])
        #expect(try catalog.verify().fault == nil)
    }
}

@Suite("Label sets on the disk")
struct LabelSetTests {
    @Test("bytes that are no label set are refused, wherever they end")
    func damaged() throws {
        let labels = Labels([(name: "alertname", value: "A"), (name: "x", value: String(repeating: "v", count: 200))])
        #expect(try Labels(kept: labels.encoding) == labels)
        for length in 1..<labels.encoding.count where length != 12 {
            #expect(throws: FieldError.self, "cut at \(length)") { try Labels(kept: Array(labels.encoding[..<length])) }
        }
        var random = SeededRandom(1)
        for _ in 0..<mutationRounds(usual: 2000) {
            let bytes = (0..<random.below(20)).map { _ in UInt8(random.below(256)) }
            // What is taken can be read to its end.
            if let taken = try? Labels(kept: bytes) { #expect(taken.count * 2 <= bytes.count) }
        }
        #expect(throws: FieldError.self) { try Labels(kept: Array(repeating: 0xff, count: 30)) }
    }

    @Test("a search over a damaged label set is an error and not a crash")
    func search() throws {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        catalog.recorder.record(.transition("A", .inactive, .firing))
        catalog.close()
        try workshop.tamper("UPDATE label_set SET labels = x'7f41'")
        var query = RecordQuery(kinds: [.transition])
        query.selectors = [[Matcher(name: "alertname", equals: "A")]]
        #expect(throws: CatalogError.self) { try workshop.open().records(query) }
    }
}

/// A clock whose wall time can be set without time passing.
private final class SetClock: Clock {
    private let state = Mutex((wall: Workshop.start, monotonic: Int64(0)))

    func now() -> Timestamp { state.withLock { $0.wall } }
    func monotonic() -> Int64 { state.withLock { $0.monotonic * 1_000_000 } }
    func jump(_ milliseconds: Int64) { state.withLock { $0.wall += milliseconds } }

    func pass(_ milliseconds: Int64) {
        state.withLock { state in
            state.wall += milliseconds
            state.monotonic += milliseconds
        }
    }
}

@Suite("Purging by a clock that jumps")
struct PurgeClockTests {
    @Test("nothing is purged before a clock that has jumped has run for a day, also over a restart", arguments: [false, true])
    func jump(overRestart: Bool) throws {
        let workshop = try Workshop()
        let clock = SetClock()
        func open() throws -> Catalog {
            try Catalog(workshop.path, files: RealFileSystem(), clock: clock, registry: workshop.registry, report: workshop.told.report)
        }
        var catalog = try open()
        catalog.maintain()
        catalog.recorder.record(.audit("precious", at: Workshop.start))
        if overRestart { catalog.close() }
        clock.jump(800 * Workshop.day)
        if overRestart { catalog = try open() }
        for _ in 0..<20 {
            clock.pass(3_600_000)
            catalog.maintain()
        }
        #expect(try catalog.all().map(\.action) == ["precious"])
        for _ in 0..<10 {
            clock.pass(3_600_000)
            catalog.maintain()
        }
        #expect(try catalog.all().map(\.action) == ["records.purge"])
    }
}
