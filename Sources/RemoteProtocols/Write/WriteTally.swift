import Model
import TSDB

/// Why something of a request was not stored, in the order in which it is told.
enum RefusalReason: String, CaseIterable, Sendable {
    case labels = "invalid labels"
    case symbols = "references to no symbol"
    case outOfOrder = "out of order"
    case tooOld = "too old"
    case duplicate = "another value for a time that has one"
    case outOfBounds = "out of bounds"
    case histogram = "invalid histogram"
    case budget = "new series, for which the head's budget leaves no room"
    case exemplarOutOfOrder = "exemplar out of order"

    init(_ reason: AppendOutcome.Refusal.Reason) {
        self =
            switch reason {
            case .outOfOrder: .outOfOrder
            case .tooOld: .tooOld
            case .duplicate: .duplicate
            case .outOfBounds: .outOfBounds
            case .invalid: .histogram
            case .budget: .budget
            }
    }

    /// As the value of a metric's label.
    var word: String {
        switch self {
        case .labels: "labels"
        case .symbols: "symbols"
        case .outOfOrder: "out_of_order"
        case .tooOld: "too_old"
        case .duplicate: "duplicate"
        case .outOfBounds: "out_of_bounds"
        case .histogram: "histogram"
        case .budget: "budget"
        case .exemplarOutOfOrder: "exemplar_out_of_order"
        }
    }
}

/// What became of a request.
struct WriteTally: Equatable {
    /// What is stored now, what was already stored included.
    var samples = 0
    var histograms = 0
    var exemplars = 0
    /// Samples, histograms and exemplars by why they were refused; of series without any, the series.
    private(set) var refused: [RefusalReason: Int] = [:]
    /// Where the first of them is, and what is wrong with it.
    private(set) var first: String?

    /// - Parameter place: where and what it is; nil if nobody knows.
    mutating func refuse(_ count: Int, _ reason: RefusalReason, _ place: () -> String?) {
        guard count > 0 else { return }
        refused[reason, default: 0] += count
        if first == nil { first = place() }
    }

    mutating func add(_ outcome: AppendOutcome, first: (AppendOutcome.Refusal) -> String) {
        let newHistograms = outcome.histogramsAppended + outcome.histogramsIdentical - outcome.histogramStartsAppended
        histograms += newHistograms
        // Zeros at the starts of series are nothing that was sent.
        samples += outcome.appended + outcome.identical - outcome.startsAppended - newHistograms
        exemplars += outcome.exemplarsAppended + outcome.exemplarsIdentical
        guard outcome.refused > 0 else { return }
        func place() -> String? { outcome.firstRefusals.first.map(first) }
        refuse(outcome.outOfOrder, .outOfOrder, place)
        refuse(outcome.tooOld, .tooOld, place)
        refuse(outcome.duplicate, .duplicate, place)
        refuse(outcome.outOfBounds, .outOfBounds, place)
        refuse(outcome.invalid, .histogram, place)
        refuse(outcome.overBudget, .budget, place)
    }

    /// What the sender is told; empty if all is stored.
    var complaint: String {
        let reasons = RefusalReason.allCases.compactMap { reason in refused[reason].map { "\($0) × \(reason.rawValue)" } }
        guard !reasons.isEmpty else { return "" }
        return "refused, while the rest is stored: \(reasons.joined(separator: ", "))" + (first.map { "; the first: \($0)" } ?? "")
    }
}
