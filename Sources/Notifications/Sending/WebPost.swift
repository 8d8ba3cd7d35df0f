import AsyncHTTPClient
import ClientConfiguration
import Model
import Notifier

/// A request that tells a receiver something.
struct WebPost: Sendable {
    var address: String
    var client: HTTPClientConfiguration
    var headers: [(name: String, value: String)] = []
    var type = "application/json"
    var body: [UInt8]
    /// Milliseconds; nil: as long as all attempts.
    var timeout: Int64?
    /// What no outcome may show.
    var secrets: [String]
    var problems: [String] = []
    /// Reads the answer.
    var judge: any AnswerJudge
    /// What is sent in its place if the receiver cannot read the markup.
    var plainBody: [UInt8]?
}

/// What a receiver has answered.
struct WebAnswer: Sendable {
    let status: Int
    /// The first of each name, by names in small letters.
    let headers: [String: String]
    /// The beginning.
    let body: [UInt8]
    /// When it came.
    let time: Timestamp
}

/// Knows what a kind of receiver means by an answer.
protocol AnswerJudge: Sendable {
    func outcome(_ answer: WebAnswer) -> DeliveryOutcome
}

/// Why nothing can be sent.
enum Unsendable: Error {
    /// For now; a file may come back.
    case now(String)
    /// As the configuration is.
    case ever(String)

    var outcome: DeliveryOutcome {
        switch self {
        case .now(let reason): .failed(reason, retryAfter: nil)
        case .ever(let reason): .refused(reason)
        }
    }
}
