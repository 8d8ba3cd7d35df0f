import Glibc
import Model
import PromQL
import Rules
import Synchronization
import TSDB

/// What a thousand alerting rules with a hundred active alerts each cost an evaluation, in CPU time.
@main
enum RulesBenchmark {
    static func main() throws {
        let clock = BenchmarkClock()
        let head = Head(options: HeadOptions(), clock: clock)
        let environment = RuleEnvironment(
            clock: clock, querier: EngineQuerier(Engine(), over: head), storage: head, source: head, templates: Texts(), sink: NoSink())
        let manager = RuleManager(environment)
        manager.update(try RuleFile.parse(Array(rules().utf8), file: "rules.yml"), RuleDefaults(interval: 15_000))
        var batch = AppendBatch()
        for round in 0..<40 {
            clock.advance()
            batch.removeAll()
            for index in 0..<100 {
                let labels = [Label("__name__", "m"), Label("i", "instance-\(index)"), Label("zone", "z\(index % 5)"), Label("job_name", "service")]
                batch.add(Labels(labels), clock.now(), Double(index))
            }
            _ = try head.append(&batch)
            let before = cpuSeconds()
            for group in manager.groups { group.evaluate(at: clock.now()) }
            if round < 3 || round % 10 == 0 { print("round \(round): \(Int((cpuSeconds() - before) * 1000)) ms of CPU") }
        }
        print("\(manager.report.flatMap(\.rules).reduce(0) { $0 + ($1.alerting?.alerts.count ?? 0) }) alerts")
    }

    private static func rules() -> String {
        var text = "groups:\n"
        for group in 0..<10 {
            text += "- name: g\(group)\n  rules:\n"
            for rule in 0..<100 {
                text += "  - alert: A\(group)_\(rule)\n    expr: m > \(rule % 10 - 20)\n    for: 5m\n"
                text += "    labels: {severity: warning, rule: 'r\(rule)'}\n"
                text += "    annotations: {summary: '{{ $labels.i }} is high', description: 'value {{ $value }} of {{ $labels.i }}', runbook: r}\n"
            }
        }
        return text
    }

    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

private final class BenchmarkClock: Clock {
    private let time = Mutex<Timestamp>(1_700_000_000_000)

    func now() -> Timestamp { time.withLock { $0 } }
    func monotonic() -> Int64 { now() * 1_000_000 }
    func advance() { time.withLock { $0 += 15_000 } }
}

private struct Texts: TemplateExpander {
    func expand(_ text: String, _ context: TemplateContext) -> String { context.labels["i"] ?? "" }
}

private struct NoSink: AlertSink {
    func send(_ alerts: [SentAlert]) {}
}
