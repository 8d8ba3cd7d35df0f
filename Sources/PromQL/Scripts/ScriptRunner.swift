import Model

/// What came of a script: one outcome for each `eval`.
public struct ScriptReport: Sendable {
    public struct Outcome: Sendable {
        public let line: Int
        public let query: String
        /// Why the eval failed, nil if it passed.
        public let failure: String?
    }

    public internal(set) var outcomes: [Outcome] = []

    public var passed: Int { outcomes.count { $0.failure == nil } }
    public var failed: Int { outcomes.count { $0.failure != nil } }
}

/// Runs scripts in the promqltest language: `load` series, `eval` queries, compare with what the script says must come.
public struct ScriptRunner: Sendable {
    private let engine: Engine

    /// The settings that Prometheus's own scripts assume: everything experimental on, delayed name removal.
    public static var standardOptions: EngineOptions {
        var options = EngineOptions()
        options.features = .everything
        return options
    }

    public init(options: EngineOptions = standardOptions) {
        engine = Engine(options: options)
    }

    /// Throws on a script that cannot be read; evals that fail are in the report.
    public func run(_ script: String) throws(ScriptError) -> ScriptReport {
        run(try ScriptReader.commands(script))
    }

    func run(_ commands: [ScriptCommand]) -> ScriptReport {
        var report = ScriptReport()
        var source = ArraySource()
        for command in commands {
            switch command {
            case .clear: source = ArraySource()
            case .load(let series, let step, let withCustomBuckets): Self.load(series, step, withCustomBuckets, into: &source)
            case .eval(let eval):
                let failure = ScriptCheck(eval, engine, source).failure()
                report.outcomes.append(.init(line: eval.line, query: eval.query, failure: failure))
            }
        }
        return report
    }

    static func load(_ series: [LoadedSeries], _ step: Int64, _ withCustomBuckets: Bool, into source: inout ArraySource) {
        var startOffsets: [Int64?] = []
        var customBuckets = CustomBucketHistograms()
        for one in series {
            if let offsets = one.startOffsets {
                startOffsets = offsets
                continue
            }
            var loaded = ArraySource.Series(labels: one.labels)
            for (index, offset) in startOffsets.enumerated() where offset != nil {
                loaded.startTimes[Int64(index) * step] = Int64(index) * step + (offset ?? 0)
            }
            startOffsets = []
            var previous: SparseHistogram?
            for (index, point) in one.points.enumerated() {
                let time = Int64(index) * step
                switch point {
                case .none: continue
                case .value(let value):
                    loaded.times.append(time)
                    loaded.values.append(value)
                    previous = nil
                case .histogram(let point):
                    let stored = storedForm(point.histogram, after: previous)
                    loaded.histograms.append(HistogramSample(time: time, histogram: stored.histogram))
                    previous = stored
                }
            }
            if withCustomBuckets { customBuckets.add(loaded) }
            source.add(loaded)
        }
        for one in customBuckets.series { source.add(one) }
    }

    /// With the hint that a store gives it: of what it puts into the chunk of the one before it knows that no counter was reset.
    private static func storedForm(_ histogram: SparseHistogram, after previous: SparseHistogram?) -> SparseHistogram {
        var stored = histogram
        if stored.isGauge { return stored }
        stored.hint = .unknown
        guard let previous, !previous.isGauge, previous.schema == stored.schema, previous.zeroThreshold == stored.zeroThreshold,
            previous.bounds == stored.bounds, histogram.hint != .reset, !stored.isReset(after: previous)
        else { return stored }
        stored.hint = .noReset
        return stored
    }
}
