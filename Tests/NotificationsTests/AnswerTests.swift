import Model
import Testing

@testable import Notifications
@testable import Notifier

@Suite("What answers mean")
struct AnswerTests {
    private static let now: Timestamp = 784_111_777_000 - 60_000

    private func outcome(_ judge: any AnswerJudge, _ status: Int, _ headers: [String: String] = [:], _ body: String = "") -> DeliveryOutcome {
        judge.outcome(WebAnswer(status: status, headers: headers, body: Array(body.utf8), time: Self.now))
    }

    @Test("by status")
    func status() {
        let judge = StatusJudge()
        for code in [200, 201, 202, 204] { #expect(outcome(judge, code) == .accepted) }
        for code in [408, 425, 429, 500, 502, 503, 504] { #expect(outcome(judge, code) == .failed("status \(code)", retryAfter: nil)) }
        for code in [301, 400, 401, 403, 404, 410, 413] { #expect(outcome(judge, code) == .refused("status \(code)")) }
        #expect(outcome(judge, 400, [:], "no\n\n such \u{7}thing") == .refused("status 400: no such thing"))
        guard case .refused(let reason) = outcome(judge, 400, [:], String(repeating: "é", count: 400)) else { return }
        #expect(reason.utf8.count < 330 && reason.hasSuffix("é…"))
    }

    @Test(
        "Retry-After as seconds or as a time",
        arguments: [
            ("7", 7000), (" 0 ", 0), ("99999999999999999999", Int64.max), ("Sun, 06 Nov 1994 08:49:37 GMT", 60_000),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 60_000), ("Sun Nov  6 08:49:37 1994", 60_000), ("Sun, 06 Nov 1994 08:48:00 GMT", 0), ("-1", nil),
            ("soon", nil), ("", nil), ("Sun, 31 Feb 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 CET", nil),
        ] as [(String, Int64?)])
    func retryAfter(text: String, expected: Int64?) {
        #expect(RetryAfter.milliseconds(text, at: Self.now) == expected)
        #expect(outcome(StatusJudge(), 503, ["retry-after": text]) == .failed("status 503", retryAfter: expected))
    }

    @Test("Slack says no with status 200")
    func slack() {
        let json = ["content-type": "application/json; charset=utf-8"]
        #expect(outcome(SlackJudge(), 200, [:], "ok") == .accepted)
        #expect(outcome(SlackJudge(), 200, [:], "no_service") == .refused("status 200: no_service"))
        #expect(outcome(SlackJudge(), 200, json, #"{"ok":true,"ts":"1","channel":"c"}"#) == .accepted)
        #expect(outcome(SlackJudge(), 200, json, #"{"ok":false,"error":"invalid_auth"}"#) == .refused("invalid_auth"))
        #expect(outcome(SlackJudge(), 200, json, #"{"ok":false,"error":"ratelimited"}"#) == .failed("ratelimited", retryAfter: nil))
        #expect(outcome(SlackJudge(), 200, json, "<html>") == .failed("an answer that is not JSON", retryAfter: nil))
        #expect(outcome(SlackJudge(), 429, ["retry-after": "3"]) == .failed("status 429", retryAfter: 3000))
    }

    @Test("Telegram says in the body how long to wait")
    func telegram() {
        let flood = #"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":9}}"#
        #expect(outcome(TelegramJudge(), 429, [:], flood) == .failed("status 429: Too Many Requests", retryAfter: 9000))
        #expect(
            outcome(TelegramJudge(), 400, [:], #"{"ok":false,"description":"Bad Request: chat not found"}"#)
                == .refused("status 400: Bad Request: chat not found"))
        #expect(outcome(TelegramJudge(), 200, [:], #"{"ok":true,"result":{}}"#) == .accepted)
        #expect(outcome(TelegramJudge(), 200, [:], "<html>") == .failed("an answer that is not Telegram's", retryAfter: nil))
    }

    @Test(
        "Sentry says for what it wants a rest",
        arguments: [
            ("60:error:key", 60_000), ("60::organization", 60_000), ("60:transaction:key, 2700:default;error:organization", 2_700_000),
            ("60:transaction:key", nil),
            ("1.5:error", 2000), ("x:error", nil), ("-1::x", nil), ("", nil),
        ] as [(String, Int64?)])
    func sentry(header: String, expected: Int64?) {
        #expect(SentryJudge.wait(header) == expected)
        #expect(
            outcome(SentryJudge(), 429, ["x-sentry-rate-limits": header, "retry-after": "5"]) == .failed("status 429", retryAfter: expected ?? 5000))
        #expect(outcome(SentryJudge(), 429, ["x-sentry-rate-limits": header]) == .failed("status 429", retryAfter: expected ?? 60_000))
    }

    @Test("secrets are taken out of what is told")
    func masks() {
        let mask = SecretMask(["https://hooks.example/services/T0/B0/abc?x=1", "tok", "ok", "abcdef", "cdefgh"])
        #expect(mask.masked("POST https://hooks.example/services/T0/B0/abc?x=1 failed") == "POST <secret> failed")
        #expect(mask.masked("Cannot POST /services/T0/B0/abc?x=1, ok") == "Cannot POST <secret>, ok")
        #expect(mask.masked("toktok") == "<secret><secret>")
        #expect(mask.masked("é tok") == "é <secret>")
    }
}
