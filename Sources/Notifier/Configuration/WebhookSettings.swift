public import ClientConfiguration
public import Model
import StrictYAML
import Templates

/// An address that gets each notification as JSON.
public struct WebhookSettings: Sendable {
    /// May be a template.
    public var address: SecretSource
    public var http: HTTPClientConfiguration
    /// 0: all.
    public var maxAlerts: Int64 = 0
    /// Milliseconds; nil: none but that of the group.
    public var timeout: Int64?
    /// In place of the standard payload; its texts are templates.
    public var payload: JSONValue?

    static let keys = ["http_config", "url", "url_file", "max_alerts", "timeout", "payload"]

    init(_ map: YAMLMapping, _ globals: GlobalSettings) throws(YAMLError) {
        guard let address = try SecretSource(map, "url") else { throw map.value.error("one of url and url_file must be given") }
        self.address = address
        if let text = address.text?.revealed, let value = map.given("url") { try Self.check(text, value) }
        http = try map.httpClient() ?? globals.http
        maxAlerts = try map.integer("max_alerts") ?? 0
        if let milliseconds = try map.goDuration("timeout"), milliseconds > 0 { timeout = milliseconds }
        payload = map.given("payload")?.json()
    }

    /// The text must not be in the message.
    private static func check(_ text: String, _ value: YAMLValue) throws(YAMLError) {
        if text == Secret.mask { return }
        if text.contains("{{") {
            do throws(TemplateError) {
                _ = try Template(parsing: text, name: "url", functions: MessageFunctions.all)
            } catch {
                throw value.error("not a valid template")
            }
        } else if let problem = WebAddress.problem(with: text) {
            throw value.error(problem)
        }
    }
}
