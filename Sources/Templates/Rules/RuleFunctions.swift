import Model

/// The functions that templates of rules have besides the built-in ones.
public enum RuleFunctions {
    public static let all = TemplateFunctions<RuleTemplateHost>(
        queries.merging(numbers) { first, _ in first }.merging(texts) { first, _ in first }.merging(places) { first, _ in first })

    private typealias Function = TemplateFunction<RuleTemplateHost>

    private static let list = TemplateType.list(RuleSample.listTypeName)
    private static let sample = TemplateType.record(RuleSample.typeName)

    // MARK: Queries

    private static var queries: [String: TemplateFunction<RuleTemplateHost>] {
        [
            "query": Function([.string]) { host, values throws(TemplateFailure) in
                let samples = try host.samples(text(values[0]))
                return .list(TemplateList(samples.map(\.templateValue), typeName: RuleSample.listTypeName))
            },
            "first": Function([list]) { _, values throws(TemplateFailure) in
                guard case .list(let list) = values[0], let first = list.elements.first else {
                    throw TemplateFailure("first() called on vector with no elements")
                }
                return first
            },
            "label": Function([.string, sample]) { _, values throws(TemplateFailure) in
                .string(try labels(of: values[1])[text(values[0])] ?? "")
            },
            "strvalue": Function([sample]) { _, values throws(TemplateFailure) in .string(try labels(of: values[0])["__value__"] ?? "") },
            "value": Function([sample]) { _, values throws(TemplateFailure) in try record(values[0]).field("Value")?.value ?? .missing },
            "sortByLabel": Function([.string, list]) { _, values throws(TemplateFailure) in try sorted(values[1], by: text(values[0])) },
        ]
    }

    private static func text(_ value: TemplateValue) -> String { value.asText ?? "" }

    private static func record(_ value: TemplateValue) throws(TemplateFailure) -> TemplateRecord {
        if case .record(let record) = value { return record }
        throw TemplateFailure("runtime error: invalid memory address or nil pointer dereference")
    }

    private static func labels(of sample: TemplateValue) throws(TemplateFailure) -> Labels {
        if case .labels(let labels) = try record(sample).field("Labels")?.value { return labels }
        return .empty
    }

    private static func sorted(_ value: TemplateValue, by label: String) throws(TemplateFailure) -> TemplateValue {
        guard case .list(let list) = value else { return value }
        var keyed: [(key: String, value: TemplateValue)] = []
        for element in list.elements { keyed.append((try labels(of: element)[label] ?? "", element)) }
        // Swift's sort keeps the order of equal elements.
        keyed.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return .list(TemplateList(keyed.map(\.value), typeName: list.typeName))
    }

    // MARK: Numbers and times

    private static var numbers: [String: TemplateFunction<RuleTemplateHost>] {
        func humanizer(_ body: @escaping @Sendable (Double) -> String) -> TemplateFunction<RuleTemplateHost> {
            Function([.any]) { _, values throws(TemplateFailure) in .string(body(try Humanize.double(values[0]))) }
        }
        return [
            "humanize": humanizer(Humanize.number), "humanize1024": humanizer(Humanize.binary),
            "humanizeDuration": humanizer(Humanize.duration), "humanizePercentage": humanizer(Humanize.percentage),
            "humanizeTimestamp": Function([.any]) { _, values throws(TemplateFailure) in
                let seconds = try Humanize.double(values[0])
                return .string(seconds.isFinite ? try Humanize.time(seconds).text : GoPrinter.digits(seconds, "g", 4))
            },
            "toTime": Function([.any]) { _, values throws(TemplateFailure) in .object(try Humanize.time(try Humanize.double(values[0]))) },
            "toDuration": Function([.any]) { _, values throws(TemplateFailure) in .object(try duration(try Humanize.double(values[0]))) },
            "now": Function([]) { host, _ throws(TemplateFailure) in .double(Double(host.now) / 1000) },
            "parseDuration": Function([.string]) { _, values throws(TemplateFailure) in .double(try seconds(text(values[0]))) },
        ]
    }

    private static func duration(_ seconds: Double) throws(TemplateFailure) -> GoDuration {
        if !seconds.isFinite { throw TemplateFailure("value is NaN or Inf") }
        let nanoseconds = seconds * 1e9
        guard nanoseconds <= 0x1p63, nanoseconds >= -0x1p63 else {
            throw TemplateFailure("\(FloatFormat.general(seconds)) cannot be represented as a nanoseconds timestamp since it overflows int64")
        }
        return GoDuration(nanoseconds: Int64(exactly: nanoseconds.rounded(.towardZero)) ?? .min)
    }

    private static func seconds(_ duration: String) throws(TemplateFailure) -> Double {
        if let milliseconds = PromDuration.parse(duration) { return Double(milliseconds) / 1000 }
        throw TemplateFailure(DurationFault.reason(duration))
    }

    // MARK: Texts

    private static var texts: [String: TemplateFunction<RuleTemplateHost>] {
        func change(_ body: @escaping @Sendable (String) -> String) -> TemplateFunction<RuleTemplateHost> {
            Function([.string]) { _, values throws(TemplateFailure) in .string(body(text(values[0]))) }
        }
        return [
            "title": change(GoText.title), "toUpper": change(GoText.upper), "toLower": change(GoText.lower),
            "stripPort": change(HostPort.withoutPort), "stripDomain": change(HostPort.withoutDomain),
            "urlQueryEscape": change(Escaping.urlQuery),
            "safeHtml": Function([.string]) { _, values throws(TemplateFailure) in .markup(text(values[0])) },
            "match": Function([.string, .string]) { _, values throws(TemplateFailure) in
                .bool(try SearchCache.shared.regex(text(values[0])).isFound(in: text(values[1])))
            },
            "reReplaceAll": Function([.string, .string, .string]) { _, values throws(TemplateFailure) in
                .string(try Replacing.all(text(values[0]), with: text(values[1]), in: text(values[2])))
            },
            "args": Function([], rest: .any) { _, values throws(TemplateFailure) in
                .map(try TemplateMap(bounded: values.enumerated().map { ("arg\($0.offset)", $0.element) }))
            },
        ]
    }

    // MARK: The server

    private static var places: [String: TemplateFunction<RuleTemplateHost>] {
        func link(_ tab: Int) -> TemplateFunction<RuleTemplateHost> {
            Function([.string]) { _, values throws(TemplateFailure) in .string("/graph?g0.expr=\(Escaping.urlQuery(text(values[0])))&g0.tab=\(tab)") }
        }
        return [
            "graphLink": link(0), "tableLink": link(1),
            "externalURL": Function([]) { host, _ throws(TemplateFailure) in .string(host.externalURL) },
            "pathPrefix": Function([]) { host, _ throws(TemplateFailure) in .string(host.path) },
        ]
    }
}
