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
    /// Of the times in which nothing comes.
    let longestPass: Int64
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
    let purged = Purged()
    private let failing: (call: Int, code: Int32)?
    /// Calls on the disks before the last power cut.
    private var callsBefore = 0
    var usesFaults: Bool
    var usesFlips: Bool
    var hasLostRawBlock = false

    static let start: Timestamp = 1_700_000_000_000
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000

    /// - Parameter failing: The one changing call of the whole life that fails, and how; nothing else goes wrong then.
    init(seed: UInt64, steps: Int = 60, lies: MemoryFileSystem.Lies = [], failing: (call: Int, code: Int32)? = nil, isQuiet: Bool = false) {
        self.seed = seed
        random = SeededRandom(seed)
        files = MemoryFileSystem(seed: seed)
        files.pretend(lies)
        clock = SimulatedClock(Self.start + Int64(random.below(7200)) * 1000)
        options = DatabaseOptions()
        let names = Mutex(SeededRandom(seed &+ 1_000_000))
        options.random = { names.withLock { $0.next() } }
        options.retention = [.everything, .everything, .everything, Retention(time: 6 * Self.hour), Retention(bytes: 20_000)][random.below(5)]
        options.reserve = .bytes(0)
        options.walSegmentSize = [1 << 10, 4 << 10, 32 << 10][random.below(3)]
        options.walSync = random.below(4) == 0 ? .always : .interval(1000)
        options.walCompression = [.none, .names, .everything][random.below(3)]
        options.staleSeriesThreshold = [0, 0.1, 0.4][random.below(3)]
        options.staleSeriesMinimum = 1
        usesFaults = random.below(3) > 0 && !isQuiet
        usesFlips = random.below(4) == 0 && !isQuiet
        // From numbers of their own: lives that once failed stay what they were.
        var variety = SeededRandom(seed &+ 2_000_000)
        options.tiers.fiveMinutes = [nil, 14 * Self.hour][variety.below(2)]
        options.tiers.hour = nil
        options.head.outOfOrderWindow = [10 * Self.minute, 12 * Self.hour][variety.below(2)]
        var frugality = SeededRandom(seed &+ 3_000_000)
        if frugality.below(10) == 0, !isQuiet { options.head.budget = SeriesBudget(series: 3 + frugality.below(8)) }
        let isLong = variety.below(6) == 0 && !isQuiet
        self.steps = isLong ? 3 * steps : steps
        longestPass = (isLong ? 12 : 5) * Self.hour
        self.failing = failing
        arm()
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
            heal()
            files.setCapacity(.max)
            try crash()
        } catch {
            throw Failure(seed: seed, step: step, action: action, cause: "\(error)", history: history)
        }
    }

    /// Changing calls in the whole life.
    var calls: Int { callsBefore + files.calls }

    /// The disk as a power cut leaves it takes the place of the one before.
    mutating func cutPower() {
        callsBefore = calls
        files = files.crash()
        arm()
    }

    func arm() {
        guard let failing, failing.call > callsBefore else { return }
        files.failCall(failing.call - callsBefore, with: failing.code)
    }

    /// Failures that have not come yet come no more, but for the one that is chosen.
    func heal() {
        files.heal()
        arm()
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
        case ..<74: name = "maintain"; maintain()
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
    mutating func leave() {
        if let counts = database?.status.counts {
            for tier in database?.status.tiers ?? [] where tier.tier != nil {
                events["folds", default: 0] += tier.counts.folds
                events["refolds", default: 0] += tier.counts.refolds
                events["late merges", default: 0] += tier.counts.lateMerges
                events["tier compactions", default: 0] += tier.counts.compactions
            }
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

    mutating func note(_ text: String) {
        history.append("\(clock.now() / 1000 - 1_700_000_000) \(text)")
        if Self.isTraced { print(history[history.count - 1]) }
    }

    /// `MARTLET_TRACE`: everything is told while it happens, what the database reports too.
    private static let isTraced = getenv("MARTLET_TRACE") != nil

    var report: Reporter {
        { [purged] event in
            purged.note(event)
            guard Self.isTraced else { return }
            let fields = event.fields.map { "\($0.name)=\($0.value)" }
            print("      \(event.level): \(event.message) \(fields.joined(separator: " "))")
        }
    }
}
