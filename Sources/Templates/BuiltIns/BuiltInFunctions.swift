/// The functions that every template has.
enum BuiltInFunctions<Host> {
    static var all: [String: TemplateFunction<Host>] {
        logic.merging(comparisons) { first, _ in first }.merging(collections) { first, _ in first }.merging(texts) { first, _ in first }
    }

    private typealias Function = TemplateFunction<Host>

    private static var logic: [String: TemplateFunction<Host>] {
        // These two evaluate their arguments on the way: their bodies are never called.
        var and = Function([.inspected], rest: .inspected) { _, values throws(TemplateFailure) in values[0] }
        and.stopsEarly = false
        var or = and
        or.stopsEarly = true
        let not = Function([.inspected]) { _, values throws(TemplateFailure) in .bool(!values[0].isTrue) }
        return ["and": and, "or": or, "not": not]
    }

    private static var comparisons: [String: TemplateFunction<Host>] {
        func two(_ body: @escaping @Sendable (TemplateValue, TemplateValue) throws(TemplateFailure) -> Bool) -> TemplateFunction<Host> {
            TemplateFunction([.inspected, .inspected]) { _, values throws(TemplateFailure) in .bool(try body(values[0], values[1])) }
        }
        return [
            "eq": TemplateFunction([.inspected], rest: .inspected) { _, values throws(TemplateFailure) in
                .bool(try Comparison.isEqual(values[0], toAny: values.dropFirst()))
            },
            "ne": two { a, b throws(TemplateFailure) in try !Comparison.isEqual(a, toAny: [b]) },
            "lt": two { a, b throws(TemplateFailure) in try Comparison.isLess(a, b) },
            "le": two { a, b throws(TemplateFailure) in try Comparison.isLessOrEqual(a, b) },
            "gt": two { a, b throws(TemplateFailure) in try !Comparison.isLessOrEqual(a, b) },
            "ge": two { a, b throws(TemplateFailure) in try !Comparison.isLess(a, b) },
        ]
    }

    private static var collections: [String: TemplateFunction<Host>] {
        [
            "index": TemplateFunction([.inspected], rest: .inspected) { _, values throws(TemplateFailure) in
                try Indexing.element(of: values[0], at: values.dropFirst())
            },
            "slice": TemplateFunction([.inspected], rest: .inspected) { _, values throws(TemplateFailure) in
                try Indexing.slice(of: values[0], values.dropFirst())
            },
            "len": TemplateFunction([.inspected]) { _, values throws(TemplateFailure) in .int(try Indexing.length(of: values[0])) },
            "call": call,
        ]
    }

    /// Functions are no values here, so there is never one to call.
    private static var call: TemplateFunction<Host> {
        var call = Function([.inspected], rest: .inspected) { _, _ throws(TemplateFailure) in .missing }
        call.isCall = true
        return call
    }

    private static var texts: [String: TemplateFunction<Host>] {
        let limit = TemplateLimits.standard.outputBytes
        func escaper(_ escape: @escaping @Sendable (String) -> String) -> TemplateFunction<Host> {
            TemplateFunction([], rest: .any) { _, values throws(TemplateFailure) in .string(escape(Escaping.text(of: values, limit: limit))) }
        }
        return [
            "print": TemplateFunction([], rest: .any) { _, values throws(TemplateFailure) in .string(GoPrinter.print(values, limit: limit)) },
            "println": TemplateFunction([], rest: .any) { _, values throws(TemplateFailure) in .string(GoPrinter.printLine(values, limit: limit)) },
            "printf": TemplateFunction([.string], rest: .any) { _, values throws(TemplateFailure) in
                .string(GoPrinter.format(values[0].asText ?? "", Array(values.dropFirst()), limit: limit))
            },
            "html": escaper(Escaping.html), "js": escaper(Escaping.javaScript), "urlquery": escaper(Escaping.urlQuery),
        ]
    }
}
