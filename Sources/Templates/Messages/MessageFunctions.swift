import Model

/// What the templates of notifications reach outside of them.
public struct MessageHost: Sendable {
    /// How far the clocks of a zone are ahead of UTC at a time, in seconds, and what they call it; nil if there is no such zone.
    public typealias Zones = @Sendable (_ name: String, _ time: Timestamp) -> (seconds: Int, abbreviation: String)?

    /// When the message is made, milliseconds since 1970.
    public let now: Timestamp
    let zones: Zones

    public init(now: Timestamp, zones: @escaping Zones) {
        self.now = now
        self.zones = zones
    }
}

/// The functions that templates of notifications have besides the built-in ones, as in Alertmanager.
public enum MessageFunctions {
    public static let all = TemplateFunctions<MessageHost>(texts.merging(times) { first, _ in first }.merging(values) { first, _ in first })

    private typealias Function = TemplateFunction<MessageHost>

    private static func text(_ value: TemplateValue) -> String { value.asText ?? "" }

    // MARK: Texts

    private static var texts: [String: TemplateFunction<MessageHost>] {
        func change(_ body: @escaping @Sendable (String) -> String) -> TemplateFunction<MessageHost> {
            Function([.string]) { _, values throws(TemplateFailure) in .string(body(text(values[0]))) }
        }
        return [
            "toUpper": change(GoText.upper), "toLower": change(GoText.lower), "title": change(GoText.title), "trimSpace": change(GoText.trimmed),
            "match": Function([.string, .string]) { _, values throws(TemplateFailure) in
                .bool(try SearchCache.shared.regex(text(values[0])).isFound(in: text(values[1])))
            },
            "reReplaceAll": Function([.string, .string, .string]) { _, values throws(TemplateFailure) in
                .string(try Replacing.all(text(values[0]), with: text(values[1]), in: text(values[2])))
            },
            "safeHtml": Function([.string]) { _, values throws(TemplateFailure) in .markup(text(values[0])) },
            // In texts that are no HTML a safe address is a text like any other.
            "safeUrl": change { $0 },
            "urlUnescape": Function([.string]) { _, values throws(TemplateFailure) in
                guard let plain = Escaping.urlUnescaped(text(values[0])) else { throw TemplateFailure("invalid URL escape") }
                return .string(plain)
            },
        ]
    }

    // MARK: Lists and maps

    private static let stringList = "[]string"

    private static var values: [String: TemplateFunction<MessageHost>] {
        [
            "join": Function([.string, .list(stringList)]) { _, values throws(TemplateFailure) in
                guard case .list(let list) = values[1] else { return .string("") }
                return .string(list.elements.compactMap(\.asText).joined(separator: text(values[0])))
            },
            "stringSlice": Function([], rest: .string) { _, values throws(TemplateFailure) in
                .list(TemplateList(values, typeName: stringList))
            },
            "list": Function([], rest: .any) { _, values throws(TemplateFailure) in .list(TemplateList(values, typeName: "[]interface {}")) },
            "append": Function([.list("[]interface {}")], rest: .any) { _, values throws(TemplateFailure) in
                guard case .list(let list) = values[0] else { return .list(TemplateList(values, typeName: "[]interface {}")) }
                return .list(TemplateList(list.elements + values.dropFirst(), typeName: list.typeName))
            },
            "dict": Function([], rest: .any) { _, values throws(TemplateFailure) in .map(try map(of: values)) },
            "toJson": Function([.any]) { _, values throws(TemplateFailure) in .string(try TemplateJSON.text(of: values[0])) },
        ]
    }

    private static func map(of values: [TemplateValue]) throws(TemplateFailure) -> TemplateMap {
        guard values.count.isMultiple(of: 2) else { throw TemplateFailure("dict expects an even number of arguments") }
        var entries: [(key: String, value: TemplateValue)] = []
        for index in stride(from: 0, to: values.count, by: 2) {
            guard let key = values[index].asText else { throw TemplateFailure("dict keys must be strings") }
            entries.removeAll { sameBytes($0.key, key) }
            entries.append((key, values[index + 1]))
        }
        return try TemplateMap(bounded: entries)
    }

    // MARK: Times

    private static var times: [String: TemplateFunction<MessageHost>] {
        [
            "now": Function([]) { host, _ throws(TemplateFailure) in .object(GoTime(host.now, isPointer: false)) },
            "date": Function([.string, .any]) { _, values throws(TemplateFailure) in .string(try time(values[1]).format(text(values[0]))) },
            "tz": Function([.string, .any]) { host, values throws(TemplateFailure) in
                let (name, time) = (text(values[0]), try time(values[1]))
                guard let zone = host.zones(name, time.milliseconds) else { throw TemplateFailure("unknown time zone \(name)") }
                return .object(time.inZone(offset: zone.seconds, abbreviation: zone.abbreviation))
            },
            "since": Function([.any]) { host, values throws(TemplateFailure) in
                let passed = host.now.earlier(by: try time(values[0]).milliseconds)
                let (nanoseconds, overflow) = passed.multipliedReportingOverflow(by: 1_000_000)
                return .object(GoDuration(nanoseconds: overflow ? (passed < 0 ? .min : .max) : nanoseconds))
            },
            "humanizeDuration": Function([.any]) { _, values throws(TemplateFailure) in
                .string(Humanize.duration(try Humanize.double(values[0])))
            },
        ]
    }

    private static func time(_ value: TemplateValue) throws(TemplateFailure) -> GoTime {
        if case .object(let object) = value, let time = object as? GoTime { return time }
        throw TemplateFailure("wrong type for value; expected time.Time; got \(value.typeName)")
    }
}
