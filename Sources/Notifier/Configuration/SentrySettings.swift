public import ClientConfiguration
import Model
import StrictYAML

/// An event in Sentry for each group that fires, which is resolved with it. Alertmanager knows no such receiver.
public struct SentrySettings: Sendable {
    /// Where events go and the key that lets them in: `https://<key>@<host>/<project>`.
    public var dsn: SecretSource
    public var http: HTTPClientConfiguration
    /// Templates, as all texts below.
    public var environment: String
    public var title = #"{{ template "sentry.default.title" . }}"#
    public var message = #"{{ template "sentry.default.message" . }}"#
    /// `fatal`, `error`, `warning`, `info` or `debug`.
    public var level = #"{{ template "sentry.default.level" . }}"#
    public var tags: [(name: String, text: String)]
    /// Milliseconds; nil: none of its own.
    public var timeout: Int64?

    static let keys = ["http_config", "dsn", "dsn_file", "environment", "title", "message", "level", "tags", "timeout"]

    init(_ map: YAMLMapping, _ globals: GlobalSettings) throws(YAMLError) {
        guard let dsn = try SecretSource(map, "dsn") else { throw map.value.error("one of dsn and dsn_file must be given") }
        self.dsn = dsn
        if let text = dsn.text?.revealed, text != Secret.mask, SentryAddress(text) == nil, let value = map.given("dsn") {
            throw value.error("expected https://<key>@<host>/<project>")
        }
        http = try map.httpClient() ?? globals.http
        environment = try map.string("environment") ?? ""
        title = try map.given("title")?.string() ?? title
        message = try map.given("message")?.string() ?? message
        level = try map.given("level")?.string() ?? level
        tags = try map.texts("tags")
        if let milliseconds = try map.goDuration("timeout"), milliseconds > 0 { timeout = milliseconds }
    }
}

/// What a data source name of Sentry says (https://develop.sentry.dev/sdk/overview/#parsing-the-dsn).
public struct SentryAddress: Sendable, Hashable {
    /// Where envelopes are sent.
    public let envelopes: String
    public let publicKey: Secret

    /// Nil if the text is not `scheme://key[:secret]@host[:port][/path]/project`.
    public init?(_ dsn: String) {
        guard WebAddress.problem(with: dsn) == nil, let colon = dsn.firstIndex(of: ":") else { return nil }
        let rest = dsn[colon...].dropFirst(3)
        guard let at = rest.firstIndex(of: "@"), let slash = rest[at...].lastIndex(of: "/") else { return nil }
        let key = rest[..<at].prefix { $0 != ":" }
        let project = rest[slash...].dropFirst()
        guard !key.isEmpty, !key.contains("/"), !project.isEmpty, !project.contains(where: { "?#".contains($0) }) else { return nil }
        publicKey = Secret(String(key))
        envelopes = dsn[..<colon] + "://" + rest[at..<slash].dropFirst() + "/api/" + project + "/envelope/"
    }
}
