import APIClient
import ArgumentParser
import Model
import PromQL
import Rules
import Runtime
import Server
import StorageTools
import StrictYAML
import TSDB

struct FromRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Make blocks of what recording rules would have recorded.",
        discussion: """
            martlet tsdb create-blocks-from rules --start=2026-01-01T00:00:00Z --from=data --output-dir=data rules.yml
            martlet tsdb create-blocks-from rules --start=1767225600 --url=http://127.0.0.1:9090 --output-dir=new rules.yml

            Then restart the server on the folder with the blocks. With --from a rule sees what the rules before it give, and itself what it gave
            before, as in a server; with --url it sees only what the server has. Alerting rules are left out. The exit code is 1 if evaluations failed.
            """)

    @Option(help: ArgumentHelp("Data folder to read, of a server that runs or does not; nothing in it is changed.", valueName: "folder"))
    var from: String?
    @Option(help: "Server to ask instead, as http://host:port.") var url: String?
    @OptionGroup var login: ServerLogin
    @Option(help: "First time, RFC 3339 or Unix seconds.") var start: String
    @Option(help: "Last time, RFC 3339 or Unix seconds (default: three hours ago).") var end: String?
    @Option(name: .customLong("output-dir"), help: "Folder for the blocks.") var output = "data"
    @Option(name: .customLong("eval-interval"), help: "Of groups that name no interval.") var interval = "60s"
    @Option(name: .customLong("query.lookback-delta"), help: "How far an instant selector looks back; of --from.") var lookback = "5m"
    @Option(name: .customLong("enable-feature"), help: "Feature names of the query language, separated by commas.") var features: [String] = []
    @Flag(name: .shortAndLong, help: "Do not print the blocks.") var quiet = false
    @Flag(name: [.customShort("r"), .customLong("human-readable")], help: "Times and sizes for people.") var readable = false
    @Argument(help: "Rule files.") var files: [String]

    func validate() throws {
        if from != nil, url != nil { throw ValidationError("--from and --url name two sources: choose") }
    }

    func run() async throws {
        let clock = SystemClock()
        let options = try options(now: clock.now())
        let language = try language()
        let groups = try files.flatMap { file in try RuleFile.parse(try FileReading.disk.read(file), file: file, options: language.syntax) }
        for rule in groups.flatMap(\.rules) {
            if case .alerting = rule.kind { StorageCommand.note("alert \(quoted(rule.name)) is left out: only recording rules are evaluated") }
        }
        let disk = RealFileSystem()
        var work = RuleBackfill(groups, options, over: try source(language, disk, clock), into: output, disk, clock: clock)
        for rule in work.unchained {
            StorageCommand.note("rule \(quoted(rule)) reads what this run records, which the server does not have yet; run it again, or use --from")
        }
        var blocks = MadeBlocks(output, disk)
        var meter = ProgressMeter(elsewhere: true)
        let failures = try await work.run {
            MadeBlocks.newULID(clock)
        } progress: { done in
            meter.show(
                Int(done.time - options.from), of: Int(options.through - options.from + 1),
                "\(RFC3339.formatShortest(done.time)), \(done.samples) samples in \(done.blocks) blocks")
        } written: {
            blocks.add($0)
        }
        meter.end()
        if !quiet { blocks.print(readable: readable) }
        try tell(failures)
    }

    private func tell(_ failures: [RuleBackfill.Failure]) throws {
        for failure in failures {
            let time = RFC3339.formatShortest(failure.firstTime)
            StorageCommand.note("rule \(quoted(failure.rule)): \(failure.count) evaluations failed, the first at \(time): \(failure.firstReason)")
        }
        if !failures.isEmpty { throw ExitCode(1) }
    }

    private func options(now: Timestamp) throws -> RuleBackfill.Options {
        let from = try time(start, "--start")
        let through = try end.map { try time($0, "--end") } ?? now - 3 * 3_600_000
        guard through > from else { throw ValidationError("--start must be before --end, \(RFC3339.formatShortest(through))") }
        guard through <= now else { throw ValidationError("--end must not be in the future") }
        var options = RuleBackfill.Options(from: from, through: through)
        options.interval = try duration(interval, "--eval-interval")
        return options
    }

    private func language() throws -> PromQLFeatures {
        var language = PromQLFeatures.standard
        for name in features.flatMap({ $0.split(separator: ",") }) where !language.enable(String(name)) {
            throw ValidationError("--enable-feature: \(quoted(String(name))) is no feature of the query language")
        }
        return language
    }

    private func time(_ text: String, _ option: String) throws -> Timestamp {
        if let time = RFC3339.parse(text) { return time }
        guard let seconds = FloatParsing.parse(text), abs(seconds) < 1e12 else {
            throw ValidationError("\(option): \(quoted(text)) is neither RFC 3339 nor Unix seconds")
        }
        return Timestamp((seconds * 1000).rounded())
    }

    private func duration(_ text: String, _ option: String) throws -> Int64 {
        guard let duration = PromDuration.parse(text), duration > 0 else {
            throw ValidationError("\(option): \(quoted(text)) is no duration above 0")
        }
        return duration
    }

    private func source(_ language: PromQLFeatures, _ disk: RealFileSystem, _ clock: SystemClock) throws -> BackfillSource {
        guard let from else { return .remote(ServerAnswers(client: try login.client(url ?? "http://localhost:9090"))) }
        let reading = try FolderReading(from, disk, clock: clock)
        StorageCommand.tell(reading.problems)
        var options = EngineOptions()
        options.lookback = try duration(lookback, "--query.lookback-delta")
        options.features = language
        return .local(Engine(options: options), reading.source)
    }
}

/// A server's answers to the range queries of a backfill. Native histograms are no part of them: what the API tells of one cannot be stored again.
private struct ServerAnswers: RangeAnswers {
    private struct NoValues: Error, CustomStringConvertible { let description: String }

    let client: APIClient

    func range(_ query: String, from: Timestamp, through: Timestamp, step: Int64) async throws -> [MatrixSeries] {
        func seconds(_ milliseconds: Int64) -> String { FloatFormat.plain(Double(milliseconds) / 1000) }
        let form = [("query", query), ("start", seconds(from)), ("end", seconds(through)), ("step", seconds(step))]
        guard case .matrix(let series) = try await client.get("query_range", form, as: QueryAnswer.self) else {
            throw NoValues(description: "the answer to a range query is no matrix")
        }
        return try series.map { one in
            let points = one.values ?? []
            return MatrixSeries(
                labels: Labels(one.metric.map { (name: $0.key, value: $0.value) }), times: points.map { Timestamp(($0.seconds * 1000).rounded()) },
                values: try points.map { try value($0.value) })
        }
    }

    private func value(_ text: String) throws -> Double {
        guard let value = FloatParsing.parse(text) else { throw NoValues(description: "\(quoted(text)) is no value") }
        return value
    }
}
