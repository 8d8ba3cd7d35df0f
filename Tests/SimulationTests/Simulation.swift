import Glibc
import Model
import Synchronization
import TSDB
import TestKit

/// One life of a database on a simulated disk: a seed decides what happens to it, and the ledger says what it must answer.
struct Simulation {
    struct Failure: Error, CustomStringConvertible {
        let seed: UInt64
        let step: Int
        let action: String
        let cause: String
        let history: [String]
        var description: String {
            "seed \(seed), step \(step), \(action): \(cause)\n  " + history.suffix(40).joined(separator: "\n  ")
        }
    }

    let seed: UInt64
    let steps: Int
    var random: SeededRandom
    var files: MemoryFileSystem
    let clock: SimulatedClock
    var database: Database?
    var ledger = Ledger()
    var options: DatabaseOptions
    /// The series that are sent to; churn replaces them.
    var targets: [Labels] = []
    /// Series that have ended; some come back.
    var gone: [Labels] = []
    var nextTarget = 0
    var history: [String] = []
    /// What happened in all lives so far, to see that the simulation reaches what it is about.
    var events: [String: Int] = [:]
    var logWasFlipped = false
    var usesFaults: Bool
    var usesFlips: Bool

    static let start: Timestamp = 1_700_000_000_000
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000

    init(seed: UInt64, steps: Int = 60, lies: MemoryFileSystem.Lies = []) {
        self.seed = seed
        self.steps = steps
        random = SeededRandom(seed)
        files = MemoryFileSystem(seed: seed)
        files.pretend(lies)
        clock = SimulatedClock(Self.start + Int64(random.below(7200)) * 1000)
        options = DatabaseOptions()
        let names = Mutex(SeededRandom(seed &+ 1_000_000))
        options.random = { names.withLock { $0.next() } }
        options.retention = .everything
        options.reserve = .bytes(0)
        options.walSegmentSize = [1 << 10, 4 << 10, 32 << 10][random.below(3)]
        options.walSync = random.below(4) == 0 ? .always : .interval(1000)
        options.walCompression = random.below(2) == 0
        options.staleSeriesThreshold = [0, 0.1, 0.4][random.below(3)]
        options.staleSeriesMinimum = 1
        usesFaults = random.below(3) > 0
        usesFlips = random.below(4) == 0
    }

    mutating func run() throws {
        var step = 0
        var action = "open"
        do {
            try open()
            for _ in 0..<6 { addTarget() }
            while step < steps {
                step += 1
                action = "after " + action
                action = try act()
                if let database { try ledger.check(database.source, settling: false) }
            }
            action = "last power cut"
            files.heal()
            files.setCapacity(.max)
            try crash()
        } catch {
            throw Failure(seed: seed, step: step, action: action, cause: "\(error)", history: history)
        }
    }

    /// One random thing happens; returns what.
    private mutating func act() throws -> String {
        let roll = random.below(100)
        let name: String
        switch roll {
        case ..<38: name = "scrape"; scrape()
        case ..<46: name = "late sample"; late()
        case ..<52: name = "pass hours"; passHours()
        case ..<60: name = "sync"; sync()
        case ..<74: name = "maintain"; database?.maintain()
        case ..<78: name = "new series"; addTarget()
        case ..<82: name = "delete"; delete()
        case ..<84: name = "clean tombstones"; try? database?.cleanTombstones()
        case ..<86: name = "snapshot"; try snapshot()
        case ..<89: name = "close"; try close()
        case ..<92: name = "power cut"; try crash()
        case ..<93: name = "kill"; try kill()
        case ..<95: name = "clock step"; clockStep()
        case ..<98: name = "disk fault"; fault()
        default: name = "bit flip"; try flip()
        }
        note(name)
        events[name, default: 0] += 1
        return name
    }

    /// The database ends; what it did is counted.
    private mutating func leave() {
        if let counts = database?.status.counts {
            events["compactions", default: 0] += counts.compactions
            events["head truncations", default: 0] += counts.headTruncations
            events["checkpoints", default: 0] += counts.checkpoints
            events["stale compactions", default: 0] += counts.staleCompactions
            events["failed compactions", default: 0] += counts.failedCompactions
            events["log corruptions", default: 0] += counts.logCorruptions
            events["samples out of order", default: 0] += database?.head.stats.samplesAppendedOutOfOrder ?? 0
        }
        database = nil
    }

    mutating func note(_ text: String) { history.append("\(clock.now() / 1000 - 1_700_000_000) \(text)") }

    // MARK: Samples

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
    private mutating func end(_ target: Labels) {
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
    private mutating func scrape() {
        for _ in 0..<1 + random.below(12) {
            clock.pass(Self.minute / 2 + Int64(random.below(60)) * 1000)
            let time = clock.now()
            append(targets.map { ($0, time) })
        }
    }

    private mutating func late() {
        guard let target = targets.randomElement(using: &random) else { return }
        append([(target, clock.now() - Int64(random.below(25 * 60)) * 1000)])
    }

    private mutating func append(_ samples: [(Labels, Timestamp)], isEnd: Bool = false) {
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

    // MARK: Time and disk

    private mutating func passHours() {
        clock.pass(Int64(random.below(5 * 60)) * Self.minute)
    }

    private mutating func clockStep() {
        let steps: [Int64] = [Self.hour, -Self.hour, 365 * 24 * Self.hour]
        let jump = steps[random.below(steps.count)]
        clock.jump(jump)
        if jump > Self.hour, random.below(2) == 0 {
            // It is noticed after a while.
            scrape()
            database?.maintain()
            clock.jump(-jump)
        }
    }

    private mutating func sync() {
        guard let database else { return }
        if (try? database.sync()) != nil { ledger.synced() } else { ledger.doubt() }
    }

    private mutating func fault() {
        guard usesFaults else { return }
        if random.below(3) == 0 {
            let room = random.below(2000)
            files.setCapacity(files.used + room)
            note("  \(room) bytes of room")
            scrape()
            database?.maintain()
            files.setCapacity(.max)
        } else {
            let code = random.below(2) == 0 ? EIO : ENOSPC
            files.failCall(files.calls + 1 + random.below(40), with: code)
        }
    }

    private mutating func delete() {
        guard let database else { return }
        let name = "m\(random.below(3))"
        let through = clock.now() - Int64(random.below(300)) * Self.minute
        let range = TimeRange(from: through - Int64(random.below(300)) * Self.minute, through: random.below(8) == 0 ? .max : through)
        guard let matcher = Optional(Matcher(name: "__name__", equals: name)) else { return }
        let matches = { (labels: Labels) in labels["__name__"] == name }
        note("  of \(name) \(range.from / 1000 - 1_700_000_000)…\(range.through / 1000 - 1_700_000_000)")
        if let touched = try? database.delete([[matcher]], range) {
            note("  \(touched) touched")
            ledger.delete(matches, range)
        } else {
            note("  delete failed")
            ledger.mayLose { labels, time in matches(labels) && range.contains(time) }
        }
    }

    private mutating func snapshot() throws {
        guard let database, let name = try? database.snapshot(withHead: true) else { return }
        // A fault that was to hit the database shall not hit the look at its copy.
        files.heal()
        let copy = try Database.open(
            path: "data/snapshots/\(name)", options: options, files: files, clock: clock, report: { _ in })
        var shown = ledger
        try shown.check(copy.source, settling: false)
    }

    // MARK: Ends and beginnings

    private mutating func open() throws {
        do {
            database = try Database.open(path: "data", options: options, files: files, clock: clock, report: { _ in })
        } catch {
            // A disk that fails while the database starts is put right, and then it must start.
            note("  start failed: \(error)")
            files.heal()
            database = try Database.open(path: "data", options: options, files: files, clock: clock, report: { _ in })
        }
    }

    private mutating func close() throws {
        shutDown()
        try restart(afterCrash: false)
    }

    private mutating func shutDown() {
        if (try? database?.close()) != nil { ledger.synced() } else { ledger.doubt() }
        leave()
    }

    /// The program is killed; the disk keeps what it was given, on its way to the platter.
    private mutating func kill() throws {
        leave()
        try restart(afterCrash: false)
    }

    private mutating func crash() throws {
        leave()
        files = files.crash()
        try restart(afterCrash: true)
    }

    private mutating func restart(afterCrash: Bool) throws {
        ledger.restart(afterCrash: afterCrash)
        try open()
        if let database {
            try ledger.check(database.source, settling: false)
            // Queries leave out a damaged part until maintenance has put in its block's place what can be read of it, which may be more: only then
            // it is known what is lost.
            if !database.damage(since: 0).blocks.isEmpty { database.maintain() }
            try ledger.check(database.source, settling: true)
        }
        // What a power cut has left lies on the disk.
        if afterCrash { ledger.synced() }
    }

    /// A byte of some file changes while the server is down.
    private mutating func flip() throws {
        guard usesFlips, let open = database else { return }
        let blocks = open.blocks
        let stats = open.head.stats
        let headStart = [stats.minTime, stats.minOutOfOrderTime].compactMap { $0 }.min() ?? .max
        shutDown()
        let paths = files.paths(below: "data").filter { !$0.hasPrefix("data/quarantine") && !$0.hasPrefix("data/snapshots") }
        guard let path = paths.randomElement(using: &random) else { return try restart(afterCrash: false) }
        var bytes = files.contents(path)
        if !bytes.isEmpty {
            bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
            files.setContents(path, bytes)
            note("  in \(path)")
        }
        let parts = path.split(separator: "/")
        // What the log has lost already is lost with the chunk files too.
        if parts[1] == "wal" || parts[1] == "wbl" || (parts[1] == "chunks_head" && logWasFlipped) {
            logWasFlipped = true
            ledger.mayLose { _, time in time >= headStart }
            ledger.mayReturn { _, _ in true }
        } else if let meta = blocks.first(where: { "\($0.ulid)" == parts[1] }) {
            // With the block, or its tombstones, goes what was deleted from it; the log may still have the samples.
            ledger.mayLose { _, time in meta.minTime <= time && time < meta.maxTime }
            ledger.mayReturn { _, time in meta.minTime <= time && time < meta.maxTime }
        }
        try restart(afterCrash: false)
    }
}
