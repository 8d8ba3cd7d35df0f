public import ClientConfiguration
public import Model
import StrictYAML

/// An event for PagerDuty's Events API, version 2 with a routing key, version 1 with a service key.
public struct PagerDutySettings: Sendable {
    public enum Key: Sendable, Hashable {
        case routing(SecretSource)
        case service(SecretSource)
    }

    public struct Image: Sendable, Hashable { public var source, text, link: String }
    public struct Link: Sendable, Hashable { public var address, text: String }

    public var key: Key
    public var http: HTTPClientConfiguration
    public var address: String
    /// Templates, as all texts below.
    public var client = #"{{ template "pagerduty.default.client" . }}"#
    public var clientAddress = #"{{ template "pagerduty.default.clientURL" . }}"#
    public var description = #"{{ template "pagerduty.default.description" . }}"#
    public var source: String
    public var severity: String
    public var component: String
    public var group: String
    public var eventClass: String
    public var details: [JSONValue.Member]
    public var images: [Image] = []
    public var links: [Link] = []
    /// Milliseconds; nil: none of its own.
    public var timeout: Int64?

    static let keys = [
        "http_config", "routing_key", "routing_key_file", "service_key", "service_key_file", "url", "client", "client_url", "description",
        "details", "images", "links", "source", "severity", "class", "component", "group", "timeout",
    ]

    /// What an event tells of the alerts beside its description.
    static let standardDetails: [JSONValue.Member] = [
        .init("firing", .string("{{ .Alerts.Firing | toJson }}")),
        .init("resolved", .string("{{ .Alerts.Resolved | toJson }}")),
        .init("num_firing", .string("{{ .Alerts.Firing | len }}")),
        .init("num_resolved", .string("{{ .Alerts.Resolved | len }}")),
    ]

    init(_ map: YAMLMapping, _ globals: GlobalSettings) throws(YAMLError) {
        let (routing, service) = (try SecretSource(map, "routing_key"), try SecretSource(map, "service_key"))
        guard let key = routing.map(Key.routing) ?? service.map(Key.service) else {
            throw map.value.error("one of routing_key, service_key and their files must be given")
        }
        self.key = key
        http = try map.httpClient() ?? globals.http
        address = try map.webAddress("url") ?? globals.pagerDutyAddress
        client = try map.given("client")?.string() ?? client
        clientAddress = try map.given("client_url")?.string() ?? clientAddress
        description = try map.given("description")?.string() ?? description
        source = try map.givenText("source") ?? client
        severity = try map.string("severity") ?? ""
        component = try map.string("component") ?? ""
        group = try map.string("group") ?? ""
        eventClass = try map.string("class") ?? ""
        details = try Self.details(map)
        if let milliseconds = try map.goDuration("timeout"), milliseconds > 0 { timeout = milliseconds }
        for item in try map.list("images") {
            let image = try item.mapping(keys: ["src", "alt", "href"])
            images.append(Image(source: try image.string("src") ?? "", text: try image.string("alt") ?? "", link: try image.string("href") ?? ""))
        }
        for item in try map.list("links") {
            let link = try item.mapping(keys: ["href", "text"])
            links.append(Link(address: try link.string("href") ?? "", text: try link.string("text") ?? ""))
        }
    }

    private static func details(_ map: YAMLMapping) throws(YAMLError) -> [JSONValue.Member] {
        var own: [JSONValue.Member] = []
        if let value = map.given("details") {
            for (name, _, content) in try value.entries() { own.append(JSONValue.Member(name, content.json())) }
        }
        return own + standardDetails.filter { standard in !own.contains { sameBytes($0.name, standard.name) } }
    }
}
