import GRDB
import Glibc
import Model
import Runtime
import Synchronization
import TSDB
import TestKit
import Testing

@testable import Catalog

/// A store that refuses when it is told to, and can crash behind a commit.
private final class FickleStore: RecordStore {
    private struct State {
        var kept: [PendingRecord] = []
        var refuses = false
    }

    private let state = Mutex(State())

    var refuses: Bool {
        get { state.withLock { $0.refuses } }
        set { state.withLock { $0.refuses = newValue } }
    }

    var kept: [RecordEntry] { state.withLock { $0.kept.map(\.entry) } }

    func append(_ records: [PendingRecord]) throws(CatalogError) -> Int {
        let isRefused = state.withLock { $0.refuses }
        if isRefused { throw .refused(path: "store", reason: "database is locked") }
        return state.withLock { state in
            let known = Set(state.kept.map(\.id))
            let new = records.filter { !known.contains($0.id) }
            state.kept += new
            return new.count
        }
    }
}

/// A recorder over a store and a disk that fail on demand, with its work done when the test says so.
private struct Desk {
    let store: FickleStore
    let disk: MemoryFileSystem
    let told = Told()
    let registry = MetricsRegistry()
    let recorder: Recorder
    let thread = SerialThread(name: "test")

    init(
        _ store: FickleStore = FickleStore(), _ disk: MemoryFileSystem = MemoryFileSystem(), limit: Int = 100, spillLimit: Int = 1 << 20,
        run: UInt64 = 1
    ) throws {
        self.store = store
        self.disk = disk
        try disk.makeLastingFolder("/c")
        let spill = SpillFile("/c/spill", disk, limit: spillLimit, report: told.report)
        try spill.open()
        // Stopped, so that nothing is written but by `write`.
        thread.stop()
        recorder = Recorder(
            store, spill, on: thread, run: run, limit: limit, CatalogMetrics(registry), ManualClock(Workshop.start), report: told.report)
    }

    func metric(_ name: String) -> Double? {
        guard case .number(let value)? = registry.snapshot().first(where: { $0.name == "martlet_catalog_" + name })?.points.first?.value else {
            return nil
        }
        return value
    }

    func record(_ names: [Int]) { for name in names { recorder.record(.audit("\(name)")) } }
    func kept() -> [String] { store.kept.map(\.action) }
}

@Suite("The recorder")
struct RecorderTests {
    @Test("what SQLite refuses is spilled, and comes in order once it is taken again")
    func spill() throws {
        let desk = try Desk()
        desk.record([1, 2])
        desk.recorder.write()
        desk.store.refuses = true
        desk.record([3])
        desk.recorder.write()
        desk.record([4, 5])
        desk.recorder.write()
        #expect(desk.kept() == ["1", "2"] && desk.metric("spill_records") == 3 && desk.recorder.isBehind)
        #expect(desk.told.all == [.refused(reason: "store: database is locked")])
        desk.store.refuses = false
        desk.record([6])
        desk.recorder.write()
        #expect(desk.kept() == (1...6).map(String.init) && !desk.recorder.isBehind)
        #expect(desk.told.all.last == .replayed(records: 3) && desk.metric("spill_records") == 0 && desk.metric("records_spilled_total") == 3)
    }

    @Test("a crash between SQLite and the end of the spill file leaves no record twice and none out")
    func crashes() throws {
        for call in 1...40 {
            let disk = MemoryFileSystem(seed: UInt64(call))
            let store = FickleStore()
            let desk = try Desk(store, disk)
            store.refuses = true
            desk.record([1, 2, 3])
            desk.recorder.write()
            store.refuses = false
            disk.failCall(disk.calls + call)
            desk.record([4])
            desk.recorder.write()
            let after = try Desk(store, disk.crash(), run: 2)
            after.record([5])
            after.recorder.write()
            #expect(after.kept() == ["1", "2", "3", "4", "5"], "call \(call)")
        }
    }

    @Test("a power cut during a spill loses nothing that an earlier spill has kept", arguments: 1...30)
    func powerCut(seed: Int) throws {
        let disk = MemoryFileSystem(seed: UInt64(seed))
        let store = FickleStore()
        store.refuses = true
        let desk = try Desk(store, disk)
        desk.record([1, 2, 3])
        desk.recorder.write()
        disk.failCall(disk.calls + 1 + seed % 3, with: ENOSPC)
        desk.record([4, 5])
        desk.recorder.write()
        store.refuses = false
        let after = try Desk(store, disk.crash(), run: 2)
        after.recorder.write()
        #expect(after.kept().starts(with: ["1", "2", "3"]), "seed \(seed): \(after.kept())")
        #expect(Set(after.kept()).count == after.kept().count)
    }

    @Test("what the spill file has no room for stays in memory, and what that has no room for is lost, counted and told")
    func overflow() throws {
        let desk = try Desk(limit: 10, spillLimit: 400)
        desk.store.refuses = true
        desk.record(Array(1...3))
        desk.recorder.write()
        #expect(desk.metric("spill_records") == 0 || desk.metric("spill_records") == 3)
        desk.record(Array(4...30))
        desk.recorder.write()
        #expect(desk.metric("records_lost_total") ?? 0 > 0)
        let lost = Int(desk.metric("records_lost_total") ?? 0)
        #expect(desk.told.all.contains { if case .lost(let records, _) = $0 { records == lost } else { false } })
        desk.store.refuses = false
        desk.recorder.write()
        desk.recorder.write()
        let kept = desk.kept()
        #expect(kept.dropLast() == (1...30 - lost).map(String.init)[...] && kept.last == "records.lost", "\(kept)")
        #expect(desk.metric("records_waiting") == 0)
    }

    @Test("a disk that refuses the spill file loses nothing as long as the memory has room")
    func noSpill() throws {
        let desk = try Desk()
        desk.disk.setCapacity(0)
        desk.store.refuses = true
        desk.record([1, 2])
        desk.recorder.write()
        desk.disk.setCapacity(.max)
        desk.record([3])
        desk.recorder.write()
        #expect(desk.metric("spill_records") == 3 && desk.metric("records_lost_total") == 0)
        desk.store.refuses = false
        desk.recorder.write()
        #expect(desk.kept() == ["1", "2", "3"])
    }

    @Test("records of a real SQLite that somebody has locked are replayed when it is free, at the latest by the next start")
    func locked() throws {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        let other = try DatabaseQueue(path: workshop.file)
        try other.inDatabase { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            for number in 0..<5 { catalog.recorder.record(.audit("\(number)")) }
            catalog.flush()
            #expect(workshop.metric("martlet_catalog_spill_records") == 5)
            try db.execute(sql: "ROLLBACK")
        }
        let crashed = try workshop.crashed()
        let again = try crashed.open()
        #expect(try again.all().map(\.action) == (0..<5).map(String.init))
        catalog.maintain()
        #expect(try catalog.all().prefix(5).map(\.action) == (0..<5).map(String.init))
        #expect(try again.verify().fault == nil && (try catalog.verify()).fault == nil)
    }
}

@Suite("The spill file")
struct SpillFileTests {
    private let records = (1...4).map { PendingRecord(id: RecordID(run: 9, sequence: UInt64($0)), entry: .audit("a\($0)", "é\n")) }

    private var whole: [UInt8] { SpillFrames.header + records.flatMap(SpillFrames.frame) }

    @Test("a file that is cut anywhere gives the records before, and no damage")
    func torn() {
        for length in 0...whole.count {
            let contents = SpillFrames.read(Array(whole[..<length]))
            #expect(contents.damage == nil && records.starts(with: contents.records), "cut at \(length)")
            #expect(contents.end + contents.torn == length)
        }
        #expect(SpillFrames.read(whole).records == records)
    }

    @Test("a file with a changed byte gives no record that was not in it")
    func damaged() throws {
        var random = SeededRandom(4)
        for _ in 0..<mutationRounds(usual: 3000) {
            var bytes = whole
            bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
            let contents = SpillFrames.read(bytes)
            #expect(records.starts(with: contents.records) && (contents.damage != nil || contents.torn > 0))
        }
    }

    @Test("a damaged file is set aside, told, and what is before the damage is kept")
    func setAside() throws {
        let disk = MemoryFileSystem()
        let told = Told()
        try disk.makeLastingFolder("/c")
        var bytes = whole
        bytes[whole.count - SpillFrames.frame(records[3]).count - 3] ^= 1
        disk.setContents("/c/spill", bytes)
        for place in ["/c/spill.damaged", "/c/spill.damaged-2"] {
            disk.setContents("/c/spill", bytes)
            let spill = SpillFile("/c/spill", disk, limit: 1 << 20, report: told.report)
            try spill.open()
            #expect(try spill.records() == Array(records[..<2]))
            #expect(disk.contents(place) == bytes)
            try spill.append([records[3]])
            #expect(try spill.records() == [records[0], records[1], records[3]])
        }
        #expect(told.all.count == 2)
    }
}
