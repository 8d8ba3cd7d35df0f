import Glibc
import Model
import PromQL
import Synchronization
import TSDB
import TestKit
import Testing

@testable import Rules

/// Rules evaluated over past data beside a server that had them all along.
@Suite("Backfill")
struct BackfillTests {
    private static let minute: Int64 = 60_000

    /// What is in a source: the samples of each series, values as their bits, and histograms as text.
    private static func content(_ source: any SeriesSource, _ names: String) throws -> [String: [String]] {
        let name = try Matcher(.matches, Labels.metricName, names)
        let set = try source.select(Selection(matchers: [name], from: 0, through: .max))
        var found: [String: [String]] = [:]
        for index in 0..<set.count {
            let column = SampleColumn()
            try set.read(index, from: 0, through: .max, into: column)
            var samples = (0..<column.count).map { (column.times[$0], "\(column.times[$0]) \(column.values[$0].bitPattern)") }
            let histograms = HistogramColumn()
            try set.readHistograms(index, from: 0, through: .max, into: histograms)
            for place in 0..<histograms.count {
                // What is known of resets depends on where chunks begin.
                let one = histograms.histograms[place].fractions
                let text = "\(one.layout) \(one.count) \(one.zeroCount) \(one.sum) \(one.positiveCounts) \(one.negativeCounts)"
                samples.append((histograms.times[place], "\(histograms.times[place]) \(text)"))
            }
            if !samples.isEmpty { found["\(set.labels(index))"] = samples.sorted { $0.0 < $1.0 }.map(\.1) }
        }
        return found
    }

    /// A server with rules and the data alone, in step.
    private final class Pair {
        let server: Simulation
        let data: Head

        init(_ rules: String) throws {
            server = try Simulation(rules)
            var options = HeadOptions()
            options.futureTolerance = nil
            data = Head(options: options, clock: server.clock)
        }

        func append(_ series: String, _ value: Double, at time: Timestamp) throws {
            try server.append(series, value, at: time)
            var batch = AppendBatch()
            batch.add(try PromQLParser.parseMetric(series).labels, time, value)
            #expect(try data.append(&batch).refused == 0)
        }

        func append(_ series: String, _ histogram: FloatHistogram, at time: Timestamp) throws {
            for head in [server.head, data] {
                var batch = AppendBatch()
                batch.add(try PromQLParser.parseMetric(series).labels, time, .fractional(histogram))
                #expect(try head.append(&batch).refused == 0)
            }
        }

        /// Evaluates what is due at a time.
        func advance(to time: Timestamp) {
            server.clock.set(time)
            server.manager.advance(to: time)
        }
    }

    private static func backfill(
        _ rules: String, _ source: BackfillSource, from: Timestamp, through: Timestamp, files: MemoryFileSystem = MemoryFileSystem(),
        blockDuration: Int64 = 2 * 3_600_000
    ) async throws -> (content: [String: [String]], blocks: [BlockMeta], failures: [RuleBackfill.Failure]) {
        var options = RuleBackfill.Options(from: from, through: through)
        options.blockDuration = blockDuration
        let groups = try RuleFile.parse(Array(rules.utf8), file: "r.yml")
        var work = RuleBackfill(groups, options, over: source, into: "data", files, clock: ManualClock(through))
        var blocks: [BlockMeta] = []
        let failures = try await work.run {
            ULID(time: through, random: (.random(in: 0...UInt64.max), 0))
        } written: {
            blocks.append($0)
        }
        if blocks.isEmpty { return ([:], [], failures) }
        let reading = try FolderReading("data", files, clock: ManualClock(through))
        #expect(reading.problems.isEmpty)
        return (try content(reading.source, ".*"), blocks, failures)
    }

    /// Rules of every kind of dependency, on others and on themselves, in two groups of different rhythm.
    private static let rules = """
        groups:
          - name: g
            interval: 1m
            labels: {origin: g}
            rules:
              - {record: 'r:plain', expr: 'x * 2', labels: {kind: plain}}
              - {record: 'r:chained', expr: 'sum by (i) (rate(r:plain[10m]))'}
              - {alert: Some, expr: 'x > 2'}
              - {record: 'r:before', expr: 'r:later + 1'}
              - {record: 'r:later', expr: 'count(x > 1)'}
              - {record: 'r:total', expr: 'sum(x) + (sum(r:total) or vector(0))'}
              - {record: 'r:cleared', expr: 'x', labels: {i: ''}}
              - {record: 'r:pairs', expr: 'x / on () x'}
              - {record: 'r:native', expr: 'sum(rate(h[5m]))', labels: {kind: native}}
              - {record: 'r:either', expr: 'h or x'}
          - name: h
            interval: 5m
            limit: 3
            rules:
              - {record: 'r:day', expr: 'avg_over_time(r:total[3h])'}
              - {record: 'r:any', expr: 'count by (i) ({i="0", __name__=~"x|r:plain"})'}
              - {record: 'r:limited', expr: 'x > 1'}
              - {record: 'r:now', expr: 'timestamp(x @ end())'}
        """

    @Test("what a folder gives is what a server would have recorded, the stale markers too", arguments: [UInt64(getpid())])
    func likeTheServer(seed: UInt64) async throws {
        print("backfill: seed \(seed)")
        var random = SeededRandom(seed)
        let pair = try Pair(Self.rules)
        let start = Simulation.start
        let end = start + 500 * Self.minute
        var present = [true, true, true, true, true]
        for time in stride(from: start + 1000, through: end, by: 15_000) {
            for index in present.indices {
                let series = "x{i=\"\(index)\"}"
                if random.below(40) == 0 {
                    present[index].toggle()
                    if !present[index] { try pair.append(series, StaleMarker.value, at: time) }
                } else if present[index] {
                    try pair.append(series, Double(random.below(4)), at: time)
                }
            }
            let observed = Double((time - start) / 1000)
            let layout = HistogramLayout(schema: 0, positiveSpans: [BucketSpan(offset: 0, length: 2)])
            try pair.append(
                "h", FloatHistogram(layout: layout, count: observed * 3, sum: observed, positiveCounts: [observed, observed * 2]), at: time)
            // The data of a moment are there when the rules ask for it.
            for moment in stride(from: time, to: time + 15_000, by: 1000) { pair.advance(to: moment) }
        }
        let result = try await Self.backfill(Self.rules, .local(Engine(), pair.data), from: start, through: pair.server.now)
        let wanted = try Self.content(pair.server.head, "r:.*")
        #expect(wanted[#"r:native{kind="native", origin="g"}"#]?.count ?? 0 > 400)
        #expect(wanted.count > 15 && wanted.values.contains { $0.contains { $0.hasSuffix("\(StaleMarker.value.bitPattern)") } })
        #expect(Set(result.content.keys) == Set(wanted.keys))
        for (series, samples) in wanted where result.content[series] != samples {
            let got = result.content[series] ?? []
            let place = zip(got, samples).enumerated().first { $1.0 != $1.1 }?.offset ?? min(got.count, samples.count)
            Issue.record(
                "seed \(seed), \(series), sample \(place): \(got.dropFirst(place).prefix(2)) instead of \(samples.dropFirst(place).prefix(2))")
        }
        // The rules that fail in the server, at some times.
        #expect(Set(result.failures.map(\.rule)).isSubset(of: ["r:cleared", "r:pairs", "r:limited", "r:now"]))
        #expect(result.failures.contains { $0.rule == "r:pairs" && $0.firstReason.contains("many-to-many") })
        #expect(result.blocks.count == 5)
        for block in result.blocks {
            #expect((block.maxTime - 1) / 7_200_000 == block.minTime / 7_200_000)
            // Neither we nor Prometheus begin to heed the log behind such a block.
            #expect(block.compaction.hints == ["from-out-of-order"])
        }
    }

    /// Answers as a server does that has the data and no more.
    private final class Remote: RangeAnswers {
        struct Down: Error, CustomStringConvertible { let description = "connection refused" }

        private let data: Head
        private let failsAfter: Int
        private let asked = Mutex<[String]>([])

        init(_ data: Head, failsAfter: Int = .max) {
            self.data = data
            self.failsAfter = failsAfter
        }

        var queries: [String] { asked.withLock { $0 } }

        func range(_ query: String, from: Timestamp, through: Timestamp, step: Int64) async throws -> [MatrixSeries] {
            let count = asked.withLock { asked in
                asked.append(query)
                return asked.count
            }
            if count > failsAfter { throw Down() }
            let answer = try Engine().range(query, from: from, through: through, step: step, over: data)
            guard case .matrix(let matrix) = answer.value else { return [] }
            return matrix
        }
    }

    private static let simple = """
        groups:
          - name: g
            interval: 30s
            rules:
              - {record: 'r:sum', expr: 'sum(x)', labels: {a: b}}
              - {alert: A, expr: 'x > 0'}
              - {record: 'r:chained', expr: 'r:sum * 2'}
        """

    private func somewhatOfData() throws -> Head {
        let pair = try Pair(Self.simple)
        pair.server.clock.set(Simulation.start + 300 * Self.minute)
        for step in 0..<300 { try pair.append("x{i=\"a\"}", Double(step), at: Simulation.start + Int64(step) * Self.minute) }
        return pair.data
    }

    @Test("a server's answers give the same, but for rules that read each other, and an error ends the run")
    func remote() async throws {
        let data = try somewhatOfData()
        let (from, through) = (Simulation.start, Simulation.start + 299 * Self.minute)
        let remote = Remote(data)
        let far = try await Self.backfill(Self.simple, .remote(remote), from: from, through: through)
        let near = try await Self.backfill(Self.simple, .local(Engine(), data), from: from, through: through)
        let sum = #"r:sum{a="b"}"#
        #expect(far.content[sum] == near.content[sum] && far.content[sum]?.count == 598)
        #expect(Set(far.content.keys) == [sum] && Set(near.content.keys) == [sum, #"r:chained{a="b"}"#])
        let windows = Set([from, through].map { $0 / 7_200_000 }).count + 1
        #expect(remote.queries.count == 2 * windows)
        let groups = try RuleFile.parse(Array(Self.simple.utf8), file: "r.yml")
        let options = RuleBackfill.Options(from: from, through: through)
        let files = MemoryFileSystem()
        var work = RuleBackfill(groups, options, over: .remote(Remote(data, failsAfter: 3)), into: "data", files, clock: ManualClock(through))
        #expect(work.unchained == ["r:chained"])
        var blocks = 0
        do {
            _ = try await work.run {
                ULID(time: 1, random: (1, 1))
            } written: { _ in
                blocks += 1
            }
            Issue.record("went on")
        } catch {
            #expect("\(error)".hasPrefix(#"rule "r:chained", 20"#) && "\(error)".hasSuffix("connection refused"), "\(error)")
        }
        #expect(blocks == 1)
        #expect(try FolderReading.blocks("data", files).blocks.count == 1)
    }

    @Test("a folder that is read and written at once is read as it was and has both afterwards; a time without data gives no block")
    func sameFolder() async throws {
        let data = try somewhatOfData()
        let files = MemoryFileSystem()
        let day = Simulation.start - 24 * 60 * Self.minute
        let none = try await Self.backfill(Self.simple, .local(Engine(), data), from: day, through: day + 60 * Self.minute, files: files)
        #expect(none.blocks.isEmpty && none.failures.isEmpty)
        let end = Simulation.start + 299 * Self.minute
        let first = try await Self.backfill(Self.simple, .local(Engine(), data), from: Simulation.start, through: end, files: files)
        let second = try await Self.backfill(
            Self.simple, .local(Engine(), data), from: Simulation.start, through: end, files: files, blockDuration: 8 * 3_600_000)
        #expect(second.content == first.content)
    }

    @Test(
        "rules go through the time together only where one reads what itself or one behind it writes",
        arguments: [
            (["a = x", "b = a", "c = b"], "0 1 2"), (["a = b", "b = x", "c = b"], "0-1s 2"), (["a = a"], "0s"),
            (["a = x", "b = d", "c = b", "d = x"], "0 1-3s"),
            (["a = x", #"b = {job="x"}"#, "c = y"], "0 1-2s"), (["a = x @ end()", "b = y"], "0s 1"), (["a = c", "b = x", "c = d", "d = y"], "0-3s"),
            ([], ""),
        ])
    func stages(rules: [String], expected: String) throws {
        let text = rules.map { rule in
            let parts = rule.split(separator: " = ", maxSplits: 1)
            return "- {record: \(parts[0]), expr: '\(parts[1])'}"
        }
        let groups = rules.isEmpty ? [] : try RuleFile.parse(Array(oneGroup(text.joined(separator: "\n")).utf8), file: "r.yml")
        let shown = BackfillPlan(groups, defaultInterval: Self.minute).stages.map { stage in
            (stage.rules.count > 1 ? "\(stage.rules.lowerBound)-\(stage.rules.upperBound - 1)" : "\(stage.rules.lowerBound)")
                + (stage.isStepwise ? "s" : "")
        }
        #expect(shown.joined(separator: " ") == expected)
    }
}
