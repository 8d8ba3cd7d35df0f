import Model
import PromQL

/// An expression as a tree of JSON objects, members by name, for editors and pages that explain queries. What is a duration expression has no number
/// yet and is 0.
enum ExpressionJSON {
    static func append(_ expr: Expr, to json: inout JSONWriter) {
        json.object { json in
            switch expr {
            case .number(let node): literal("numberLiteral", FloatFormat.plain(node.value), to: &json)
            case .string(let node): literal("stringLiteral", node.value, to: &json)
            case .selector(let node): selector(node, to: &json)
            case .matrix(let node): selector(node.selector, window: node.window, to: &json)
            case .subquery(let node): subquery(node, to: &json)
            case .unary(let node):
                member("expr", node.operand, to: &json)
                json.member("op", node.isNegation ? "-" : "+")
                json.member("type", "unaryExpr")
            case .binary(let node): binary(node, to: &json)
            case .aggregation(let node): aggregation(node, to: &json)
            case .call(let node): call(node, to: &json)
            case .paren(let node):
                member("expr", node.inner, to: &json)
                json.member("type", "parenExpr")
            }
        }
    }

    private static func member(_ name: StaticString, _ expr: Expr?, to json: inout JSONWriter) {
        json.key(name)
        if let expr { append(expr, to: &json) } else { json.null() }
    }

    private static func literal(_ type: String, _ value: String, to json: inout JSONWriter) {
        json.member("type", type)
        json.member("val", value)
    }

    private static func milliseconds(_ duration: DurationValue?) -> Int64 {
        if case .fixed(let milliseconds)? = duration { milliseconds } else { 0 }
    }

    private static func selector(_ node: VectorSelector, window: DurationValue? = nil, to json: inout JSONWriter) {
        json.key("matchers")
        json.array { json in
            for matcher in node.matchers {
                json.object { json in
                    json.member("name", matcher.name)
                    json.member("type", matcher.kind.rawValue)
                    json.member("value", matcher.value)
                }
            }
        }
        json.member("name", node.name ?? "")
        json.member("offset", milliseconds(node.offset))
        if let window { json.member("range", milliseconds(window)) }
        queryBound(node.at, to: &json)
        time(node.at, to: &json)
        json.member("type", window == nil ? "vectorSelector" : "matrixSelector")
    }

    private static func queryBound(_ at: AtModifier?, to json: inout JSONWriter) {
        json.key("startOrEnd")
        switch at {
        case .start?: json.string("start")
        case .end?: json.string("end")
        case .timestamp?, nil: json.null()
        }
    }

    private static func time(_ at: AtModifier?, to json: inout JSONWriter) {
        json.key("timestamp")
        if case .timestamp(let time)? = at { json.integer(time) } else { json.null() }
    }

    private static func subquery(_ node: Subquery, to json: inout JSONWriter) {
        member("expr", node.inner, to: &json)
        json.member("offset", milliseconds(node.offset))
        json.member("range", milliseconds(node.window))
        queryBound(node.at, to: &json)
        json.member("step", milliseconds(node.step))
        time(node.at, to: &json)
        json.member("type", "subquery")
    }

    private static func binary(_ node: Binary, to json: inout JSONWriter) {
        json.member("bool", node.returnsBool)
        member("lhs", node.left, to: &json)
        json.key("matching")
        if let matching = node.matching { self.matching(matching, to: &json) } else { json.null() }
        json.member("op", node.op.rawValue)
        member("rhs", node.right, to: &json)
        json.member("type", "binaryExpr")
    }

    private static func matching(_ matching: VectorMatching, to json: inout JSONWriter) {
        json.object { json in
            json.member("card", matching.cardinality.rawValue)
            json.key("include")
            json.strings(matching.include)
            json.key("labels")
            json.strings(matching.labels)
            json.member("on", matching.isOn)
        }
    }

    private static func aggregation(_ node: Aggregation, to json: inout JSONWriter) {
        member("expr", node.operand, to: &json)
        json.key("grouping")
        json.strings(node.grouping)
        json.member("op", node.op.rawValue)
        member("param", node.parameter, to: &json)
        json.member("type", "aggregation")
        json.member("without", node.isWithout)
    }

    private static func call(_ node: Call, to json: inout JSONWriter) {
        let signature = node.function.signature
        json.key("args")
        json.array { json in
            for argument in node.arguments { append(argument, to: &json) }
        }
        json.key("func")
        json.object { json in
            json.key("argTypes")
            json.strings(signature.arguments.map(\.rawValue))
            json.member("name", node.function.rawValue)
            json.member("returnType", signature.returns.rawValue)
            json.member("variadic", variadic(signature.variadic))
        }
        json.member("type", "call")
    }

    private static func variadic(_ variadic: FunctionSignature.Variadic) -> Int {
        switch variadic {
        case .none: 0
        case .upTo(let count): count
        case .unlimited: -1
        }
    }
}
