/// What means something in a query.
enum QueryWords {
    static let all = [
        "(", ")", "{", "}", "[", "]", ",", ":", "@", "#", "\n", "\"", "'", "`", "\\", "+", "-", "*", "/", "%", "^", "==", "!=", "=~", "!~", "<=",
        "</",
        ">/", " bool ", " on (", " ignoring ", " group_left ", " fill(0) ", " offset ", " anchored ", " by (a)", " without ", "start()", "step()",
        "sum",
        "topk(", "rate(", "min_of(", "5m", "1h30m", "1e300", "0x", "_", "Inf", "NaN", "[5m]", "[1h:]", "\\x", "\\u", "\\U0010ffff", "é", "\u{fffd}",
        " ",
        "9223372036854775807", "106752d", "info(", "label_replace(", "__name__", " and ", " unless ", " atan2 ",
    ].map { Array($0.utf8) }
}

/// Queries that grow one thing beyond all measure.
public enum HugeQuery {
    public static let kinds = 22

    /// The `kind`th, with about `count` repetitions.
    public static func make(_ kind: Int, count: Int) -> String {
        func many(_ text: String) -> String { String(repeating: text, count: count) }
        switch kind % kinds {
        case 0: return many("(") + "bots" + many(")")
        case 1: return many("-") + "bots"
        case 2: return many("+-") + "1"
        case 3: return many("abs(") + "bots" + many(")")
        case 4: return many("sum(") + "bots" + many(")")
        case 5: return many("topk(1,") + "bots" + many(")")
        case 6: return many("vector(scalar(") + "bots" + many("))")
        case 7: return many("sum_over_time(") + "bots" + many("[5m:1m])")
        case 8: return "bots" + many("+bots")
        case 9: return "bots" + many(" or bots")
        case 10: return "1" + many("*2")
        case 11: return many("2^") + "2"
        case 12: return many("1+(") + "1" + many(")")
        case 13: return "bots[" + many("(") + "5m*2" + many(")") + "]"
        case 14: return "bots[1" + many("+1") + "]"
        case 15: return "bots[" + many("-") + "1]"
        case 16: return "bots[" + many("min_of(1,") + "2" + many(")") + "]"
        case 17: return "bots{" + many("a=\"b\",") + "}"
        case 18: return "sum by (" + many("a,") + ") (bots)"
        case 19: return many("9")
        case 20: return "bots[" + many("9") + "d]"
        default: return "\"" + many("x\\\"") + "\""
        }
    }
}
