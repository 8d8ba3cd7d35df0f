import PromQL
import Testing

/// What is experimental is refused with the name of the flag that would allow it, and its words stay free for other uses.
@Suite("Parts of the language that are switched off")
struct FlagQueriesTests {
    @Test(
        "name their flag",
        arguments: [
            (
                "sort_by_label(bots, \"name\")",
                #"1:1: function "sort_by_label" is not enabled, it needs --enable-feature=promql-experimental-functions"#
            ),
            ("sum(start())", #"1:5: function "start" is not enabled, it needs --enable-feature=promql-experimental-functions"#),
            ("limitk(1, bots)", "1:1: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions"),
            (
                "bots + limit_ratio(0.5, bots)",
                "1:8: limit_ratio() is experimental and must be enabled with --enable-feature=promql-experimental-functions"
            ),
            (
                "bots + fill(0) chats",
                "1:8: binop fill modifiers are experimental and not enabled, they need --enable-feature=promql-binop-fill-modifiers"
            ),
            (
                "bots / on (name) group_left fill_right (1) chats",
                "1:29: binop fill modifiers are experimental and not enabled, they need --enable-feature=promql-binop-fill-modifiers"
            ),
            ("bots anchored", "1:1: anchored modifier is experimental and not enabled, it needs --enable-feature=promql-extended-range-selectors"),
            (
                "rate(updates_total[5m] smoothed)",
                "1:6: smoothed modifier is experimental and not enabled, it needs --enable-feature=promql-extended-range-selectors"
            ),
        ])
    func off(_ query: String, _ error: String) {
        expectRefusal(query, error)
    }

    @Test(
        "leave their words free",
        arguments: [
            ("fill + fill_left", "fill + fill_left"), ("anchored / smoothed", "anchored / smoothed"), ("step - range", "step - range"),
            ("limitk{a=\"b\"}", "limitk{a=\"b\"}"), ("sum by (fill, anchored, step) (start)", "sum by (fill, anchored, step) (start)"),
            ("min_of + max_of", "min_of + max_of"), ("bots @ start()", "bots @ start()"), ("info / limit_ratio", "info / limit_ratio"),
        ])
    func free(_ query: String, _ printed: String) {
        expectReading(query, printed)
    }

    @Test(
        "arithmetic on durations",
        arguments: [
            ("updates_total[5m + 1m]", "1:15: experimental duration expression is not enabled"),
            ("updates_total[1m:5s * 2]", "1:18: experimental duration expression is not enabled"),
            ("updates_total[(5m)]", "1:16: experimental duration expression is not enabled"),
            ("updates_total[step()]", "1:15: experimental duration expression is not enabled"),
            ("updates_total[max_of(1m, 2m)]", "1:15: experimental duration expression is not enabled"),
            ("updates_total offset (5m)", "1:23: experimental duration expression is not enabled"),
            ("updates_total offset range()", "1:22: experimental duration expression is not enabled"),
            ("updates_total offset --5m * 2", "1:22: experimental duration expression is not enabled"),
        ])
    func durations(_ query: String, _ error: String) {
        expectRefusal(query, error, PromQLOptions(durationExpressions: false))
    }

    @Test("plain and negative durations are no arithmetic", arguments: [("bots offset -5m", "bots offset -5m"), ("bots[300]", "bots[5m]")])
    func plain(_ query: String, _ printed: String) {
        expectReading(query, printed, PromQLOptions(durationExpressions: false))
    }
}
