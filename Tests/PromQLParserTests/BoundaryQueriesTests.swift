import PromQL
import Testing

@Suite("Anchored and smoothed selectors in queries")
struct BoundaryQueriesTests {
    @Test(
        "are read",
        arguments: [
            ("queue_depth anchored", "queue_depth anchored"), ("queue_depth smoothed", "queue_depth smoothed"),
            ("queue_depth SMOOTHED", "queue_depth smoothed"), ("queue_depth[5m] anchored", "queue_depth[5m] anchored"),
            ("queue_depth[5m] smoothed", "queue_depth[5m] smoothed"), ("queue_depth anchored[5m]", "queue_depth[5m] anchored"),
            ("queue_depth[5m] anchored offset 1m", "queue_depth[5m] anchored offset 1m"),
            ("queue_depth[5m] offset 1m anchored", "queue_depth[5m] anchored offset 1m"),
            ("queue_depth[5m] smoothed @ 10 offset 1m", "queue_depth[5m] smoothed @ 10.000 offset 1m"),
            ("queue_depth smoothed @ start()", "queue_depth smoothed @ start()"), ("queue_depth @ end() smoothed", "queue_depth smoothed @ end()"),
            ("rate(queue_jobs_total[5m] anchored)", "rate(queue_jobs_total[5m] anchored)"),
            ("increase(queue_jobs_total[5m] smoothed)", "increase(queue_jobs_total[5m] smoothed)"),
            ("rate(queue_jobs_total[step()] smoothed)", "rate(queue_jobs_total[step()] smoothed)"), ("anchored anchored", "anchored anchored"),
            ("smoothed smoothed", "smoothed smoothed"), ("anchored", "anchored"), ("smoothed + anchored", "smoothed + anchored"),
            (#"smoothed{queue="mail"} smoothed"#, #"smoothed{queue="mail"} smoothed"#), ("queue_depth anchored anchored", "queue_depth anchored"),
            ("queue_depth anchored[1h:5m]", "queue_depth anchored[1h:5m]"), ("sum(queue_depth smoothed)", "sum(queue_depth smoothed)"),
            ("deriv(queue_depth[5m] anchored)", "deriv(queue_depth[5m] anchored)"),
            ("avg_over_time(queue_depth[5m] smoothed)", "avg_over_time(queue_depth[5m] smoothed)"),
        ] as [(String, String)])
    func read(_ query: String, _ printed: String) {
        expectReading(query, printed, .everything)
    }

    @Test(
        "are refused",
        arguments: [
            ("queue_depth anchored smoothed", "1:1: anchored and smoothed modifiers cannot be used together"),
            ("queue_depth smoothed anchored", "1:1: anchored and smoothed modifiers cannot be used together"),
            ("queue_depth[5m] anchored smoothed", "1:1: anchored and smoothed modifiers cannot be used together"),
            ("queue_depth smoothed[5m] anchored", "1:1: anchored and smoothed modifiers cannot be used together"),
            ("queue_depth[1h:5m] anchored", "1:1: anchored modifier is not supported for subqueries"),
            ("queue_depth[1h:5m] smoothed", "1:1: smoothed modifier is not supported for subqueries"),
            ("(queue_depth) anchored", "1:1: anchored modifier not implemented"),
            ("sum(queue_depth) smoothed", "1:1: smoothed modifier not implemented"), ("5 anchored", "1:1: anchored modifier not implemented"),
            (#""voice" smoothed"#, "1:1: smoothed modifier not implemented"),
            ("rate(queue_jobs_total[5m]) anchored", "1:1: anchored modifier not implemented"),
            ("queue_depth anchored offset", "1:28: unexpected end of input in offset, expected number, duration, step(), or range()"),
            ("queue_depth anchored 5", #"1:22: unexpected number "5""#),
        ] as [(String, String)])
    func refused(_ query: String, _ error: String) {
        expectRefusal(query, error, .everything)
    }
}
