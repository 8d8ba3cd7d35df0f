import Model
import Testing

@testable import PromQL

/// The runner must fail what is wrong: every expectation of scripts that pass is falsified once, and each time the eval must fail.
@Suite struct ScriptRunnerTests {
    static let script = """
        load 5m
          m{a="1"} 0+10x10
          m{a="2"} 0+20x10 _ stale
          h {{schema:0 sum:1 count:1}}x10

        eval instant at 50m m
          m{a="1"} 100
          m{a="2"} 200

        eval instant at 50m sort_desc(m)
          expect ordered
          m{a="2"} 200
          m{a="1"} 100

        eval range from 0 to 20m step 10m sum(m)
          expect no_warn
          {} 0 60 120

        eval instant at 50m 1 + 1
          expect no_info
          2

        eval instant at 50m "text"
          expect string "text"

        eval instant at 50m m{a="1"}[10m]
          expect range vector from 45m to 50m step 5m
          m{a="1"} 90 100

        eval instant at 50m m + on () m
          expect fail regex: many-to-many

        eval instant at 50m topk(NaN, m)
          expect fail msg: Parameter value is NaN

        eval instant at 50m quantile(2, m)
          expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)
          {} +Inf

        eval instant at 50m rate(m{a="1"}[15m])
          expect info
          {a="1"} 0.03333333333

        clear
        eval instant at 50m m

        """

    @Test func rightExpectationsPass() throws {
        let report = try ScriptRunner().run(Self.script)
        #expect(report.outcomes.compactMap(\.failure) == [])
        #expect(report.passed == 11)
    }

    @Test func everyFalsifiedExpectationFails() throws {
        try falsify(Self.script, atLeast: 25)
    }

    @Test func everyFalsifiedExpectationOfPrometheusFails() throws {
        guard let folder = ConformanceTests.folder else {
            print("SKIPPED: set MARTLET_CONFORMANCE to falsify Prometheus's scripts")
            return
        }
        for (name, count) in [
            ("at_modifier.test", 50), ("name_label_dropping.test", 50), ("fill-modifier.test", 50), ("native_histograms.test", 1500),
            ("start_timestamps.test", 300),
        ] {
            try falsify(try readText(folder + "/" + name), atLeast: count)
        }
    }

    @Test func nativeHistogramsAreCompared() throws {
        let load = "load 5m\n  h {{schema:0 sum:1 count:1 buckets:[1]}}x10\n\n"
        let evals = [
            "{{sum:1 count:1 buckets:[1]}}": true, "{{sum:2 count:1 buckets:[1]}}": false, "{{sum:1 count:2 buckets:[1]}}": false,
            "{{sum:1 count:1 buckets:[1] offset:1}}": false, "{{schema:1 sum:1 count:1 buckets:[1]}}": false, "1": false,
            "{{sum:1 count:1 buckets:[1] counter_reset_hint:not_reset}}": true, "{{sum:1 count:1 buckets:[1] counter_reset_hint:gauge}}": false,
            "{{sum:1 count:1 buckets:[1] z_bucket_w:0.1}}": false, "{{sum:1 count:1 n_buckets:[1]}}": false,
        ]
        for (wanted, passes) in evals {
            let report = try ScriptRunner().run(load + "eval instant at 5m h\n  h \(wanted)")
            #expect((report.failed == 0) == passes, "\(wanted): \(report.outcomes)")
        }
    }

    @Test(arguments: [
        ("load", 1), ("load 5m\n  m{a=1} 5", 2), ("load 5m\n  m 1+", 2), ("load 5m\n  m 1x", 2), ("explode", 1), ("eval sometimes at 5m m", 1),
        ("eval instant at 5m m\n  expect wonders", 2), ("eval range from 1 to x step 5 m", 1), ("load 5m\n  m {{a", 2),
        ("load 5m\n  m {{count}}", 2), ("load 5m\n  m {{count:x}}", 2), ("load 5m\n  m {{wonder:1}}", 2), ("load 5m\n  m {{}}+1x2", 2),
        ("load 5m\n  m {{schema:0.5}}", 2), ("load 5m\n  m {{counter_reset_hint:maybe}}", 2), ("load 5m\n  m {{buckets:[1 x]}}", 2),
        ("load 5m\n  m {{}}+{{schema:-53}}x2", 2), ("load 5m\n  m@st 1y1", 2), ("load 5m\n  m@st -1mx", 2),
    ])
    func brokenScriptsAreRefusedWithTheirLine(_ script: String, _ line: Int) {
        do {
            _ = try ScriptRunner().run(script)
            Issue.record("accepted")
        } catch {
            #expect(error.line == line, "\(error)")
        }
    }

    @Test func mutatedScriptsNeverCrash() {
        var random = SplitMix(state: 20)
        let bytes = Array(Self.script.utf8)
        for _ in 0..<300 {
            var mutated = bytes
            for _ in 0..<(1 + random.next() % 4) {
                let at = Int(random.next() % UInt64(mutated.count))
                switch random.next() % 3 {
                case 0: mutated[at] = UInt8(truncatingIfNeeded: random.next() % 128)
                case 1: mutated.remove(at: at)
                default: mutated.insert(mutated[Int(random.next() % UInt64(mutated.count))], at: at)
                }
            }
            _ = try? ScriptReader.commands(String(decoding: mutated, as: UTF8.self))
        }
    }

    // MARK: Falsifying

    private func falsify(_ script: String, atLeast count: Int) throws {
        let commands = try ScriptReader.commands(script)
        let runner = ScriptRunner()
        let baseline = runner.run(commands).outcomes
        var number = 0
        var falsified = 0
        var start = 0
        for (index, command) in commands.enumerated() {
            if case .clear = command { start = index }
            guard case .eval(let eval) = command else { continue }
            defer { number += 1 }
            guard baseline[number].failure == nil else { continue }
            for wrong in falsifications(of: eval) {
                falsified += 1
                var changed = commands
                changed[index] = .eval(wrong)
                let outcome = runner.run(Array(changed[start...index])).outcomes.last
                #expect(outcome?.failure != nil, "line \(eval.line): \(eval.query) passes with \(wrong)")
            }
        }
        #expect(falsified >= count)
    }

    private func falsifications(of eval: ScriptEval) -> [ScriptEval] {
        var all: [ScriptEval] = []
        func add(_ change: (inout ScriptEval) -> Void) {
            var wrong = eval
            change(&wrong)
            all.append(wrong)
        }
        for index in eval.series.indices {
            add { $0.series[index].labels = $0.series[index].labels.setting("wrong", "1") }
            for point in eval.series[index].points.indices {
                switch eval.series[index].points[point] {
                case .none: continue
                case .value(let value): add { $0.series[index].points[point] = .value(value.isFinite ? value + 1 + abs(value) / 100 : 1) }
                case .histogram(var wrong):
                    wrong.histogram.count = wrong.histogram.count.isFinite ? wrong.histogram.count * 1.01 + 1 : 1
                    add { $0.series[index].points[point] = .histogram(wrong) }
                }
                add { $0.series[index].points[point] = .none }
            }
        }
        add { $0.series.append(LoadedSeries(labels: Labels([(name: "extra", value: "1")]), points: [.value(1)])) }
        if let scalar = eval.scalar { add { $0.scalar = scalar + 1 } }
        if let string = eval.string { add { $0.string = string + "!" } }
        if let matrix = eval.matrix { add { $0.matrix = (matrix.from + 1, matrix.step) } }
        if eval.expects(.ordered) { add { $0.series.reverse() } }
        for (index, expectation) in eval.expectations.enumerated() {
            if let opposite = opposite(expectation.annotation) { add { $0.expectations[index] = .init(annotation: opposite) } }
            if expectation.annotation == .fail { add { $0.expectations.remove(at: index) } }
            if expectation.message != nil { add { $0.expectations[index].message = "something else" } }
            if expectation.pattern != nil { add { $0.expectations[index].pattern = "something else" } }
        }
        if !eval.expects(.fail) { add { $0.expectations.append(.init(annotation: .fail)) } }
        return eval.expects(.fail) ? all.filter { wrong in wrong.series.count == eval.series.count } : all
    }

    private func opposite(_ annotation: ScriptEval.Annotation) -> ScriptEval.Annotation? {
        switch annotation {
        case .warn: .noWarn
        case .info: .noInfo
        case .noWarn: .warn
        case .noInfo: .info
        case .fail, .ordered: nil
        }
    }
}
