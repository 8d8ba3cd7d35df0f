import Foundation
import PromQL
import Runtime
import Testing

@testable import HTTPAPI

/// Requests whose answers do not depend on data, put to us and to a real Prometheus.
struct PrometheusComparison {
    /// How much of an answer has to be the same.
    private enum Likeness {
        case whole
        /// Status, the keys of JSON objects and the kinds of values: where the values are a process's own.
        case shape
        case status
    }

    private struct Question {
        let method: String
        let target: String
        let form: String?
        let likeness: Likeness

        init(_ target: String, _ method: String = "GET", form: String? = nil, likeness: Likeness = .whole) {
            self.method = method
            self.target = target
            self.form = form
            self.likeness = likeness
        }
    }

    private static let instant: [Question] = [
        "", "query=", "query=1%2B1&time=4", "query=1%2B&time=4", "query=%22str%22&time=4", "query=vector(1)&time=4.5", "query=up&time=4",
        "query=up[5m]&time=4",
        "query=sum(&time=4", "query=nosuch(1)&time=4", "query=rate(up)&time=4", "query={}&time=4", "query=up{x=~%22(%22}&time=4", "query=-&time=4",
        "query=1/0&time=4", "query=-1/0&time=4", "query=0/0&time=4", "query=vector(1e-7)&time=4", "query=vector(1e22)&time=4",
        "query=%22a%3Cb%5Cn%22&time=4",
        "query=absent(up)&time=4", "query=absent(up{job=%22x%22})&time=4", "query=time()&time=4.25",
        "query=label_replace(vector(1),%22a%22,%22b%22,%22%22,%22(%22)&time=4",
        "query=vector(1)&time=2015-07-01T20:10:51.781Z", "query=1&time=2015-07-01t20:10:51z", "query=1&time=abc", "query=1&time=0x10",
        "query=1&time=-1.5",
        "query=1&time=4&timeout=x", "query=1&time=4&timeout=1s", "query=1&time=4&timeout=1e20", "query=1&time=4&limit=x", "query=1&time=4&limit=-1",
        "query=vector(1)&time=4&limit=0", "query=1&time=4&lookback_delta=x", "query=1&time=4&lookback_delta=5m", "query=a%20and%201&time=4",
        "query=topk(1,%20vector(1))%20by%20(a)%20x&time=4", "query=vector(1)%20%3E%20bool%200&time=4", "query=1%20%3E%200&time=4",
    ].map { Question("/api/v1/query?" + $0) }

    private static let ranges: [Question] = [
        "", "query=1", "query=1&start=1", "query=1&start=1&end=2", "query=1&start=1&end=2&step=0", "query=1&start=1&end=2&step=-1",
        "query=1&start=1&end=2&step=x",
        "query=1&start=3&end=2&step=1", "query=1&start=x&end=2&step=1", "query=1&start=1&end=x&step=1", "query=1&start=1&end=11001&step=1&timeout=x",
        "query=1&start=1&end=11002&step=1", "query=1&start=1.5&end=2&step=0.5", "query=vector(1)&start=1&end=61&step=30s",
        "query=time()&start=1&end=3&step=1",
        "query=up[5m]&start=1&end=2&step=1", "query=%22a%22&start=1&end=2&step=1", "query=(&start=1&end=2&step=1", "query=up&start=1&end=2&step=1",
        "query=1&start=1&end=2&step=1&limit=x",
    ].map { Question("/api/v1/query_range?" + $0) }

    private static let catalogue: [Question] = [
        "labels", "labels?start=x", "labels?end=x", "labels?match[]=", "labels?match[]={}", "labels?match[]=(", "labels?start=3&end=2",
        "labels?limit=x", "labels?limit=-1",
        "label/job/values", "label/U__/values", "label/a.b/values", "label/job/values?match[]={}", "label/job/values?start=x",
        "label/job/values?limit=x",
        "series", "series?match[]=", "series?match[]={}", "series?match[]=up", "series?match[]=up[5m]", "series?match[]={a=~%22.*%22}",
        "series?match[]=up&start=x",
        "series?match[]=up&start=3&end=2", "series?match[]=up&limit=x", "metadata", "metadata?limit=x", "metadata?limit_per_metric=x",
        "metadata?metric=up",
        "targets", "targets?state=active", "targets?state=dropped", "targets?state=x", "targets/metadata", "targets/metadata?match_target=(",
        "targets/metadata?limit=x",
        "scrape_pools", "alertmanagers", "rules", "rules?type=alert", "rules?type=x", "rules?match[]=(", "rules?exclude_alerts=x", "alerts",
        "query_exemplars", "query_exemplars?query=1", "query_exemplars?query=%22a%22&start=1", "query_exemplars?query=up&start=x",
        "query_exemplars?query=sum(rate(up[5m]))", "query_exemplars?query=up&start=1&end=2",
        "query_exemplars?query=(&start=1&end=2", "query_exemplars?query=a&start=3&end=2",
        "format_query", "format_query?query=sum(a)by(b)", "format_query?query=(",
        "parse_query", "parse_query?query=(", "parse_query?query=-1e3", "parse_query?query=%22%3Ca%5Cn%22", "parse_query?query=up",
        "parse_query?query=rate(up{job=%22a%22,x!~%22b%22}[5m]%20offset%201h)", "parse_query?query=up%20@%20end()%20%2B%20(up%20@%204.5)",
        "parse_query?query=max_over_time(sum(up)[1h:5m]%20@%20start()%20offset%20-2m)", "parse_query?query=topk%20by%20(a,b)%20(3,%20-up)",
        "parse_query?query=a%20*%20on%20(x)%20group_left%20(y)%20b", "parse_query?query=a%20%3E%20bool%201",
        "parse_query?query=a%20unless%20ignoring(z)%20b",
        "parse_query?query=count%20without%20()%20(round(up,5))", "parse_query?query=label_join(up,%22a%22,%22b%22)", "parse_query?query=1%20%2F%202",
        "parse_query?query={__name__=%22up%22}", "parse_query?query=histogram_quantile(0.9,a)%20or%20vector(1)", "parse_query?query=hour()",
    ].map { Question("/api/v1/" + $0) }

    private static let methods: [Question] = [
        Question("/api/v1/query", "POST", form: "query=1%2B1&time=4"), Question("/api/v1/query?time=5", "POST", form: "query=1%2B1&time=4"),
        Question("/api/v1/query?query=2&time=5", "POST", form: "a=b"), Question("/api/v1/query_range", "POST", form: "query=1&start=1&end=2&step=1"),
        Question("/api/v1/labels", "POST", form: "limit=1"), Question("/api/v1/series", "POST", form: "match[]=up"),
        Question("/api/v1/series", "POST", form: ""),
        Question("/api/v1/query", "PUT"), Question("/api/v1/labels", "DELETE"), Question("/api/v1/label/a/values", "POST", form: ""),
        Question("/api/v1/targets", "POST", form: ""), Question("/-/reload"), Question("/-/quit"), Question("/-/healthy", likeness: .status),
        Question("/-/ready", likeness: .status),
        Question("/api/v1/query", "OPTIONS"), Question("/api/v1/nosuch"), Question("/api/v1/label/a"), Question("/nosuch"), Question("/api/v9/query"),
        Question("/api/v1/status/runtimeinfo", likeness: .shape), Question("/api/v1/status/buildinfo", likeness: .shape),
        Question("/api/v1/status/tsdb", likeness: .shape),
        Question("/api/v1/status/tsdb?limit=0"), Question("/api/v1/status/tsdb?limit=x"), Question("/api/v1/status/config", likeness: .shape),
    ]

    /// What is answered otherwise on purpose, and why.
    private static let onPurpose: [String: String] = [
        "/api/v1/query?query=up{x=~%22(%22}&time=4": "the regular expressions' library words its own errors",
        "/api/v1/query_range?query=1&start=1&end=11002&step=1": "the refusal also tells how many points are asked for",
    ]

    @Test func answersAsPrometheusDoes() async throws {
        guard let peers = ProcessInfo.processInfo.environment["MARTLET_PEERS"] else {
            return print("SKIPPED: MARTLET_PEERS is not set, so no real Prometheus checks the API's answers")
        }
        for (target, reason) in Self.onPurpose { print("not compared: \(target): \(reason)") }
        let prometheus = try await PrometheusProcess(peers: peers)
        defer { prometheus.end() }
        let api = try API(
            options: HTTPServerOptions(), engine: Engine(), source: MemorySource([]), state: BareState(), registry: MetricsRegistry(),
            clock: SystemClock())
        for question in Self.instant + Self.ranges + Self.catalogue + Self.methods where Self.onPurpose[question.target] == nil {
            let theirs = try prometheus.send(question.method, question.target, form: question.form)
            let headers: RequestHeaders = question.form == nil ? [:] : ["content-type": "application/x-www-form-urlencoded"]
            let request = APIRequest(method: question.method, target: question.target, headers: headers, body: Array((question.form ?? "").utf8))
            let ours = await api.respond(to: request)
            let (body, place) = (
                String(decoding: ours.body, as: UTF8.self), Comment(rawValue: "\(question.method) \(question.target) \(question.form ?? "")")
            )
            #expect(ours.status == theirs.status, place)
            switch question.likeness {
            case .whole: #expect(body == theirs.body, place)
            case .shape: #expect(try shape(body) == shape(theirs.body), place)
            case .status: break
            }
        }
    }

    /// The paths of all members, with the kind of what stands there; arrays by whether they have an element.
    private func shape(_ text: String) throws -> [String] {
        func paths(_ value: Any, _ path: String) -> [String] {
            switch value {
            case let object as [String: Any]: object.flatMap { paths($0.value, path + "." + $0.key) } + [path + "{}"]
            case is [Any]: [path + "[]"]
            case is String: [path + " text"]
            case is NSNull: [path + " null"]
            default: [path + " number"]
            }
        }
        return paths(try JSONSerialization.jsonObject(with: Data(text.utf8)), "").sorted()
    }
}

/// A server that scrapes nothing and has just started.
private struct BareState: ServerState {
    var isReady: Bool { true }
    func targets() -> TargetsReport { TargetsReport() }
    func scrapePools() -> [String] { [] }
    func metadata() -> [MetadataReport] { [] }
    func configuration() -> String { "global: {}\n" }
    func flags() -> [String: String] { [:] }
    func build() -> BuildReport { TestState().build() }
    func runtime() -> RuntimeReport { TestState().runtime() }
    func tsdb(limit: Int) -> TSDBReport { TSDBReport() }
    func reload() async throws {}
    func quit() {}
}
