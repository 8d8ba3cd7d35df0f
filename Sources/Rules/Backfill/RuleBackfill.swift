public import Model
import PromQL
public import TSDB

/// Evaluates recording rules over past data and makes blocks of what they give, as a server would have recorded it had it had the rules then.
///
/// Evaluated at the times of the groups' slots, rule after rule in the order of the files; what has ended gets a stale marker. Only a group's query
/// offset does not count: there is nothing to wait for. The work goes by windows of time, each of which becomes a block, so that the memory does not
/// grow with the range. Alerting rules are left out.
public struct RuleBackfill {
    /// Times are milliseconds.
    public struct Options: Sendable {
        public var from: Timestamp
        /// Included.
        public var through: Timestamp
        /// Of groups that name none.
        public var interval: Int64 = 60_000
        /// Blocks lie between multiples of this.
        public var blockDuration: Int64 = 2 * 3_600_000

        public init(from: Timestamp, through: Timestamp) {
            self.from = from
            self.through = through
        }
    }

    /// How far the work has come.
    public struct Progress: Sendable {
        /// All is evaluated up to here.
        public var time: Timestamp
        public var samples = 0
        public var blocks = 0
    }

    /// A rule of which evaluations came to nothing, as they would have in the server.
    public struct Failure: Sendable {
        public let rule: String
        public var count: Int
        public let firstTime: Timestamp
        public let firstReason: String
    }

    /// Why the work was given up. The blocks that were told of are there whole.
    public struct GivenUp: Error, CustomStringConvertible {
        public let description: String
    }

    /// Evaluations that are asked for at once.
    private static let stepsAtOnce = 600

    private let plan: BackfillPlan
    private let options: Options
    private let source: BackfillSource
    private let folder: String
    private let files: any FileSystem
    private let clock: any Clock
    private var written: [Block] = []
    private var failures: [Int: Failure] = [:]

    /// - Parameter folder: where the blocks go; it may be the one that is read from.
    public init(
        _ groups: [RuleGroup], _ options: Options, over source: BackfillSource, into folder: String, _ files: any FileSystem, clock: any Clock
    ) {
        plan = BackfillPlan(groups, defaultInterval: options.interval)
        self.options = options
        self.source = source
        self.folder = folder
        self.files = files
        self.clock = clock
    }

    /// Rules that read what others of the run record, which a remote source does not tell them.
    public var unchained: [String] {
        if case .remote = source { plan.chained } else { [] }
    }

    /// Does all of it. Throws `GivenUp` if the source does not answer, `StorageError` if a block cannot be written.
    public mutating func run(
        newULID: () -> ULID, progress tell: (Progress) -> Void = { _ in }, written: (BlockMeta) -> Void = { _ in }
    ) async throws -> [Failure] {
        var progress = Progress(time: options.from)
        while progress.time <= options.through {
            let end = min(options.through, windowEnd(progress.time))
            let draft = BlockDraft(duration: options.blockDuration, clock: clock)
            for stage in plan.stages { try await evaluate(stage, progress.time, end, draft) }
            progress.samples += draft.samples
            if let meta = try draft.write(into: folder, named: newULID(), files) {
                progress.blocks += 1
                if !plan.chained.isEmpty { try keep(meta) }
                written(meta)
            }
            for rule in plan.rules { rule.runner.forgetReferences() }
            progress.time = end + 1
            tell(progress)
        }
        return failures.sorted { $0.key < $1.key }.map(\.value)
    }

    private func windowEnd(_ time: Timestamp) -> Timestamp {
        let duration = options.blockDuration
        return (time.quotientAndRemainder(floorDividingBy: duration).quotient + 1) * duration - 1
    }

    /// Later windows look back into it.
    private mutating func keep(_ meta: BlockMeta) throws(StorageError) {
        written.append(try Block.open(path: FilePath.join(folder, "\(meta.ulid)"), files: files) { _ in })
    }

    // MARK: Evaluation

    private mutating func evaluate(_ stage: BackfillPlan.Stage, _ from: Timestamp, _ through: Timestamp, _ draft: BlockDraft) async throws {
        if stage.isStepwise, case .local(let engine, let source) = source {
            let due = stage.rules.flatMap { index in plan.rules[index].times(from: from, through: through).map { (time: $0, rule: index) } }
            return step(due.sorted { ($0.time, $0.rule) < ($1.time, $1.rule) }, engine, source, draft)
        }
        for index in stage.rules {
            var rest = plan.rules[index].times(from: from, through: through)[...]
            while !rest.isEmpty {
                try await evaluate(index, Array(rest.prefix(Self.stepsAtOnce)), draft)
                rest = rest.dropFirst(Self.stepsAtOnce)
            }
        }
    }

    private mutating func evaluate(_ index: Int, _ times: [Timestamp], _ draft: BlockDraft) async throws {
        guard let from = times.first, let through = times.last else { return }
        let rule = plan.rules[index]
        switch source {
        case .local(let engine, let source):
            do throws(QueryError) {
                let data = sight(source, draft)
                let answer = try engine.range(rule.runner.query.text, from: from, through: through, step: rule.slots.interval, over: data)
                guard case .matrix(let matrix) = answer.value else { throw .execution("rule result is not a vector or scalar") }
                take(FixedAnswers(matrix), index, times, draft)
            } catch {
                // It may fail at some of the times alone.
                step(times.map { ($0, index) }, engine, source, draft)
            }
        case .remote(let answers):
            do {
                let matrix = try await answers.range(rule.runner.query.text, from: from, through: through, step: rule.slots.interval)
                take(FixedAnswers(matrix), index, times, draft)
            } catch {
                let span = "\(RFC3339.formatShortest(from)) to \(RFC3339.formatShortest(through))"
                throw GivenUp(description: "rule \(quoted(rule.runner.rule.name)), \(span): \(error)")
            }
        }
    }

    private mutating func take(_ answers: FixedAnswers, _ index: Int, _ times: [Timestamp], _ draft: BlockDraft) {
        let environment = environment(answers, draft)
        for time in times { note(plan.rules[index].evaluate(at: time, environment), index, time) }
    }

    private mutating func step(_ due: [(time: Timestamp, rule: Int)], _ engine: Engine, _ source: any SeriesSource, _ draft: BlockDraft) {
        let environment = environment(EngineQuerier(engine, over: sight(source, draft)), draft)
        for (time, index) in due { note(plan.rules[index].evaluate(at: time, environment), index, time) }
    }

    /// The data with what the run has given so far.
    private func sight(_ source: any SeriesSource, _ draft: BlockDraft) -> any SeriesSource {
        let others: [any SeriesSource] = written.reversed() + [source]
        return plan.chained.isEmpty ? source : MergedSource(draft.source) { others }
    }

    private func environment(_ querier: any RuleQuerier, _ draft: BlockDraft) -> RuleEnvironment {
        RuleEnvironment(
            clock: clock, querier: querier, storage: draft, source: draft.source, templates: RuleTemplates(), sink: NoAlerts())
    }

    private mutating func note(_ failure: RuleFailure?, _ index: Int, _ time: Timestamp) {
        guard let failure else { return }
        let name = plan.rules[index].runner.rule.name
        failures[index, default: Failure(rule: name, count: 0, firstTime: time, firstReason: failure.description)].count += 1
    }
}

extension BlockDraft: RuleStorage {}

/// Recording rules have none.
private struct NoAlerts: AlertSink {
    func send(_ alerts: [SentAlert]) {}
}
