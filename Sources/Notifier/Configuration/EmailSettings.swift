import Model
import StrictYAML

/// A mail for each notification.
public struct EmailSettings: Sendable {
    /// Like all texts of mails a template; several addresses stand between commas.
    public var to: String
    public var smtp: SMTPSettings
    /// By names in their canonical form.
    public var headers: [(name: String, text: String)]
    public var html = #"{{ template "email.default.html" . }}"#
    public var text = ""
    public var threading = Threading.off

    /// Which mails a mail program shows as one conversation.
    public enum Threading: String, Sendable, CaseIterable {
        case off
        /// All of a group.
        case none
        /// All of a group in one day.
        case daily
    }

    static let keys = ["to", "from", "headers", "html", "text", "threading"] + SMTPSettings.keys

    init(_ map: YAMLMapping, _ globals: GlobalSettings) throws(YAMLError) {
        guard let to = try map.givenText("to") else { throw map.value.error("the address to send to is missing (to)") }
        self.to = to
        smtp = try SMTPSettings(map, prefix: "", defaults: globals.smtp)
        if smtp.server == nil { throw map.value.error("there is neither a smarthost here nor a global smtp_smarthost") }
        if smtp.from == nil { throw map.value.error("there is neither a from here nor a global smtp_from") }
        headers = try Self.headers(map)
        html = try map.given("html")?.string() ?? html
        text = try map.string("text") ?? text
        threading = try Self.threading(map)
    }

    private static func headers(_ map: YAMLMapping) throws(YAMLError) -> [(name: String, text: String)] {
        var all: [(name: String, text: String)] = []
        guard let value = map.given("headers") else { return all }
        for (name, place, content) in try value.entries() {
            let name = canonical(name)
            if all.contains(where: { sameBytes($0.name, name) }) {
                throw YAMLError(place, "\(value.path): the header \(quoted(name)) is given twice (case does not count)")
            }
            all.append((name, try content.string()))
        }
        return all
    }

    /// `message-id` becomes `Message-Id`; what is no name of a header stays.
    private static func canonical(_ name: String) -> String {
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }) else { return name }
        return name.split(separator: "-", omittingEmptySubsequences: false).map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }
            .joined(separator: "-")
    }

    private static func threading(_ map: YAMLMapping) throws(YAMLError) -> Threading {
        guard let value = map.given("threading") else { return .off }
        let inner = try value.mapping(keys: ["enabled", "thread_by_date"])
        guard try inner.bool("enabled") == true else { return .off }
        guard let threading = Threading(rawValue: try inner.string("thread_by_date") ?? ""), threading != .off else {
            throw value.error("thread_by_date must be none or daily")
        }
        return threading
    }
}
