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
            case .load(let series, let step, let withCustomBuckets): load(series, step, withCustomBuckets, into: &source)
            case .eval(let eval):
                let failure = ScriptCheck(eval, engine, source).failure()
                report.outcomes.append(.init(line: eval.line, query: eval.query, failure: failure))
            }
        }
        return report
    }

    /// Samples that no source here can hold leave a flaw: evals that read them fail with its words.
    private func load(_ series: [LoadedSeries], _ step: Int64, _ withCustomBuckets: Bool, into source: inout ArraySource) {
        var hasStartTimes = false
        for one in series {
            if one.isStartTimes {
                hasStartTimes = true
                continue
            }
            var loaded = ArraySource.Series(labels: one.labels)
            if hasStartTimes { loaded.flaw = "start timestamps are not supported" }
            hasStartTimes = false
            for (index, point) in one.points.enumerated() {
                switch point {
                case .none: continue
                case .value(let value): loaded.values.append(value)
                case .histogram:
                    loaded.values.append(0)
                    loaded.flaw = "native histograms are not supported"
                }
                loaded.times.append(Int64(index) * step)
            }
            if withCustomBuckets, let histogram = customBucketHistogram(loaded) { source.add(histogram) }
            source.add(loaded)
        }
    }

    /// The histogram with custom buckets that the script wants made of a classic histogram's bucket.
    private func customBucketHistogram(_ series: ArraySource.Series) -> ArraySource.Series? {
        guard let name = series.labels.metricName, name.hasSuffix("_bucket"), series.labels["le"] != nil else { return nil }
        var histogram = series
        histogram.labels = series.labels.dropping(["le"]).setting(Labels.metricName, String(name.dropLast(7)))
        histogram.flaw = "native histograms are not supported"
        return histogram
    }
}
