import Model
import Notifier

/// Sentry says for which kinds of items it wants a rest (https://develop.sentry.dev/sdk/expected-features/rate-limiting/).
package struct SentryJudge: AnswerJudge {
    func outcome(_ answer: WebAnswer) -> DeliveryOutcome {
        let outcome = StatusJudge().outcome(answer)
        guard case .failed(let reason, let asked) = outcome else { return outcome }
        let limited = answer.headers["x-sentry-rate-limits"].flatMap(Self.wait)
        // A limit of the server without a word about how long is one of a minute.
        return .failed(reason, retryAfter: limited ?? asked ?? (answer.status == 429 ? 60_000 : nil))
    }

    /// `60:error;default:organization, 2700::key`: milliseconds that events must wait, nil if they need not.
    package static func wait(_ header: String) -> Int64? {
        header.split(separator: ",").compactMap { limit -> Int64? in
            let parts = limit.split(separator: ":", omittingEmptySubsequences: false).map { String($0).trimmingBlanks }
            guard let seconds = parts.first.flatMap({ Double($0) }), seconds.isFinite, seconds >= 0 else { return nil }
            let kinds = parts.count > 1 ? parts[1].split(separator: ";") : []
            guard kinds.isEmpty || kinds.contains("error") else { return nil }
            return Int64(min(seconds.rounded(.up), 1e9)) * 1000
        }.max()
    }
}
