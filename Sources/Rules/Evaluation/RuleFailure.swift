public import PromQL
public import TSDB

/// Why an evaluation of a rule came to nothing.
public enum RuleFailure: Error, Sendable, CustomStringConvertible {
    case query(QueryError)
    /// The expression gives a range vector or a text.
    case noVector
    /// Two results have the same labels once the rule's are applied.
    case sameLabels(String)
    case limit(Int64, found: Int64, of: String)
    case storage(StorageError)
    /// Samples that the storage did not take.
    case refused(AppendOutcome)

    // Worded as Prometheus words them, as far as it does.
    public var description: String {
        switch self {
        case .query(let error): error.description
        case .noVector: "rule result is not a vector or scalar"
        case .sameLabels(let kind): "vector contains metrics with the same labelset after applying \(kind) labels"
        case .limit(let limit, let found, let what): "exceeded limit of \(limit) with \(found) \(what)"
        case .storage(let error): error.description
        case .refused(let outcome) where outcome.outOfOrder > 0 || outcome.outOfBounds > 0: "out of order sample"
        case .refused(let outcome) where outcome.tooOld > 0: "too old sample"
        case .refused(let outcome) where outcome.duplicate > 0: "duplicate sample for timestamp"
        case .refused(let outcome) where outcome.overBudget > 0: "the head takes no new series: its budget is used up"
        case .refused: "samples were refused"
        }
    }
}
