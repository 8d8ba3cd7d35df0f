import Model
import Notifier

/// What status codes mean where a receiver does not say otherwise: 2xx taken, too early, too many and its own faults later, everything else never.
struct StatusJudge: AnswerJudge {
    /// Codes that this receiver also uses for what may go better later.
    var alsoLater: Set<Int> = []

    private static let later: Set<Int> = [408, 425, 429]
    /// Of an answer no more is told.
    private static let mostTold = 300

    func outcome(_ answer: WebAnswer) -> DeliveryOutcome {
        if (200..<300).contains(answer.status) { return .accepted }
        let reason = Self.reason(answer)
        guard answer.status / 100 == 5 || Self.later.contains(answer.status) || alsoLater.contains(answer.status) else { return .refused(reason) }
        let asked = answer.headers["retry-after"].flatMap { RetryAfter.milliseconds($0, at: answer.time) }
        return .failed(reason, retryAfter: asked)
    }

    /// The status and the beginning of what the answer says.
    static func reason(_ answer: WebAnswer) -> String {
        let text = ShortText.shown(answer.body, limit: mostTold)
        return "status \(answer.status)" + (text.isEmpty ? "" : ": \(text)")
    }
}
