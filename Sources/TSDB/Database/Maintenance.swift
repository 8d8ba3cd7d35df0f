import Model
import Synchronization

/// What the database remembers from one round of maintenance to the next. Times are monotonic, in milliseconds.
struct Maintenance {
    var clock: ClockGuard
    var state: DatabaseState
    /// The state as it stands on disk.
    var savedState: DatabaseState?
    var nextMapping: Int64 = 0
    var nextRetention: Int64 = 0
    /// Later after a compaction that failed.
    var nextCompaction: Int64 = 0
    var nextSizes: Int64 = 0
    var nextLookAtEnded: Int64 = 0
    /// Later after a merge for which there was no room.
    var nextMerge: Int64 = 0
    /// The blocks of that merge.
    var waitingForRoom: Set<ULID> = []
    /// Later after folding that failed, or for which there was no room.
    var nextFold: Int64 = 0
    /// What there was when nothing was to be folded any more.
    var folded: FoldingState?
    /// The number of the coverage that the status tells of, and when it is told anew in any case.
    var notedTiers = -1
    var nextTierStatus: Int64 = 0
    /// Whether no sample that came late is in a block and in the log beside it too, where the next start would find it again.
    var lateIsSettled: Bool
    /// Up to where raw samples were to go when what came late was put into blocks for their sake.
    var settledFloor: Timestamp?
    /// Blocks of tiers that were read through, and found whole, before something went for which they answer.
    var foundWhole: Set<ULID> = []
    /// Blocks whose series have been looked through for those that rules do not keep, and of which rules.
    var trimmed: [ULID: [Bool]] = [:]
    /// Whether the floors in the state do not count, since they are behind the time of the clock.
    var floorsAreAhead = false
    /// Before which time the log has nothing.
    var logStart = LogStart()
    var isClosed = false

    init(_ state: DatabaseState, clock source: any Clock, newest: Timestamp?, hasLate: Bool) {
        self.state = state
        lateIsSettled = !hasLate
        clock = ClockGuard(
            known: state.trustedClock ?? newest, waited: state.clockWaited, wall: source.now(), monotonic: source.monotonic() / 1_000_000)
    }

    static let mappingInterval: Int64 = 60_000
    static let retentionInterval: Int64 = 60_000
    static let sizesInterval: Int64 = 15_000
    static let endedInterval: Int64 = 60_000
    static let retryInterval: Int64 = 60_000
}

/// What is known of the times of the samples that came in order and that the log has.
struct LogStart {
    /// None of them is earlier. Of segments of an earlier run nothing is known.
    private(set) var time = Timestamp.min
    /// The beginning of the head when segments were begun: what was appended since is not before it. Ascending.
    private var known: [(segment: Int, floor: Timestamp)] = []

    mutating func note(_ segment: Int, floor: Timestamp) { known.append((segment, floor)) }

    /// The segments up to `last` have been replaced by what of them is not before the latest floor.
    mutating func wasCut(through last: Int) {
        guard let oldest = known.lastIndex(where: { $0.segment <= last + 1 }) else { return }
        time = known[oldest].floor
        known.removeFirst(oldest)
    }
}

extension Database {
    /// Does what is due: maps full chunks, cuts, folds and merges blocks, purges, looks at the disk. To be called about once a second by one thread of the
    /// owner's; returns at once when nothing is due. What fails is reported and tried again later.
    public func maintain() {
        maintenance.withLock { work in
            guard !work.isClosed else { return }
            let now = clock.monotonic() / 1_000_000
            let jumped = work.clock.observe(wall: clock.now(), monotonic: now)
            if jumped { noteClockJump() }
            compareFloors(&work, jumped: jumped)
            guardSpace()
            settleLog()
            if head.unmappedBytes >= Self.mapWhenBytes || now >= work.nextMapping {
                work.nextMapping = now + Maintenance.mappingInterval
                attempt("writing the head's full chunks") { () throws(StorageError) in try head.mapFullChunks(chunkFiles) }
                head.moveChunksTogether()
            }
            attempt("removing what failed work has left") { () throws(StorageError) in try removeLeftovers() }
            replaceDamaged(&work)
            if now >= work.nextSizes {
                work.nextSizes = now + Maintenance.sizesInterval
                measure()
            }
            if now >= work.nextCompaction { compactWhatIsDue(&work, now) }
            if now >= work.nextRetention {
                work.nextRetention = now + Maintenance.retentionInterval
                applyRetention(&work)
            }
            noteTiers(&work, now)
            saveState(&work)
            head.reviewBudget()
        }
    }

    /// Makes safe what the run before, or a sync that failed, left in doubt. `saveState` notes that it is: a program that dies again and again would
    /// copy it every time.
    private func settleLog() {
        guard log.isInDoubt, options.walSync != .off else { return }
        attempt("making the log safe that the run before has left") { () throws(StorageError) in try log.syncAll() }
    }

    private static let mapWhenBytes = 2 << 20

    private func noteClockJump() {
        report(StorageEvent(.warning, "the clock has jumped by more than an hour; nothing is purged for a day"))
    }

    /// Looks up how much lies on the disk.
    func measure() {
        var sizes = DatabaseStatus.Sizes()
        sizes.blocks = blockSet.bytes
        sizes.tiers = Tier.allCases.reduce(0) { $0 + blockSet.bytes($1) }
        sizes.wal = (try? files.bytes(below: folder.wal)) ?? 0
        sizes.wbl = (try? files.bytes(below: folder.wbl)) ?? 0
        sizes.headChunks = (try? files.bytes(below: folder.headChunks)) ?? 0
        progress.withLock { $0.sizes = sizes }
    }

    /// Runs a step; what it throws is reported.
    @discardableResult
    func attempt(_ what: String, _ step: () throws(StorageError) -> Void) -> Bool {
        do {
            try step()
            return true
        } catch {
            report(StorageEvent(.error, "\(what) failed; it will be tried again", [("cause", "\(error)")]))
            return false
        }
    }

    private func guardSpace() {
        guard let space = try? files.space(path) else { return }
        guard let change = spaceGuard.observe(space, options.reserve, needed: head.estimatedCutBytes) else { return }
        head.refuseAppends(change.isEmpty ? nil : change)
        let message = change.isEmpty ? "there is room on the disk again; samples are taken" : "the disk is nearly full; no samples are taken"
        report(
            StorageEvent(change.isEmpty ? .info : .error, message, [("free", "\(space.free)"), ("reserve", "\(options.reserve.bytes(of: space))")]))
    }

    /// Writes what must outlive a restart, if it has changed.
    func saveState(_ work: inout Maintenance) {
        work.state.trustedClock = work.clock.trusted.map { $0 - $0 % ClockGuard.jump }
        work.state.clockWaited = work.clock.waited.map { $0 - $0 % ClockGuard.jump }
        work.state.greatestReference = max(work.state.greatestReference, head.greatestReference)
        (work.state.safeSegment, work.state.safeOutOfOrderSegment) = log.safeSegments
        guard work.savedState.map({ $0 != work.state && !Self.differsInReferenceOnly($0, work.state) }) ?? true else { return }
        let state = work.state
        if attempt(
            "saving the folder's state",
            { () throws(StorageError) in
                try wrapped { () throws(FileError) in try state.write(folder.state, files) }
            })
        {
            work.savedState = state
        }
    }

    /// References are in the log anyway, until a checkpoint leaves the dropped ones out; then the state is written for their sake.
    private static func differsInReferenceOnly(_ a: DatabaseState, _ b: DatabaseState) -> Bool {
        var same = a
        same.greatestReference = b.greatestReference
        return same == b
    }
}
