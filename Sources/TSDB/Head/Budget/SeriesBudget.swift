import Synchronization

/// How much there may be in the head for it to take further series. Series that are in it go on in any case.
public struct SeriesBudget: Sendable, Equatable {
    /// How many series; nil: any number.
    public var series: Int?
    /// Bytes of memory, by the head's own count; nil: any number.
    public var bytes: Int?

    public init(series: Int? = nil, bytes: Int? = nil) {
        self.series = series
        self.bytes = bytes
    }
}

/// The budget in force, and whether it is used up. Changed under the head's `commit`, looked at from everywhere.
final class HeadBudget: Sendable {
    private let series: Atomic<Int>
    private let bytes: Atomic<Int>
    private let reached = Atomic(false)
    private let rounds = Atomic<UInt64>(0)

    init(_ budget: SeriesBudget) {
        series = Atomic(budget.series ?? .max)
        bytes = Atomic(budget.bytes ?? .max)
    }

    var value: SeriesBudget {
        get { SeriesBudget(series: Self.told(series), bytes: Self.told(bytes)) }
        set {
            series.store(newValue.series ?? .max, ordering: .relaxed)
            bytes.store(newValue.bytes ?? .max, ordering: .relaxed)
        }
    }

    private static func told(_ limit: borrowing Atomic<Int>) -> Int? {
        let value = limit.load(ordering: .relaxed)
        return value == .max ? nil : value
    }

    /// Whether series have been refused since there was room last.
    var isReached: Bool { reached.load(ordering: .relaxed) }
    /// Rises when there is room again.
    var round: UInt64 { rounds.load(ordering: .relaxed) }

    func note() { reached.store(true, ordering: .relaxed) }

    func beginRound() {
        reached.store(false, ordering: .relaxed)
        rounds.add(1, ordering: .relaxed)
    }
}

extension Head {
    public var seriesBudget: SeriesBudget { budget.value }

    /// Whether series are refused because the budget is used up.
    public var isBudgetReached: Bool { budget.isReached }

    /// Rises when series that were refused may be taken again: because some have left the head, or the budget has changed. As long as it stays, asking
    /// again is in vain.
    public var budgetRound: UInt64 { budget.round }

    /// From the next batch on.
    public func setSeriesBudget(_ new: SeriesBudget) {
        commit.withLock { _ in
            guard new != budget.value else { return }
            budget.value = new
            budget.beginRound()
        }
    }

    /// Notices that there is room again.
    func reviewBudget() {
        guard budget.isReached else { return }
        commit.withLock { _ in reviewBudgetInTurn() }
    }

    /// The same under `commit`.
    func reviewBudgetInTurn() {
        guard budget.isReached else { return }
        let limits = budget.value
        // Not for every chunk that goes: bytes have to fall by a thirtieth.
        guard Int(core.series.count) < limits.series ?? .max, core.byteCount < limits.bytes.map({ $0 - $0 / 32 }) ?? .max else { return }
        budget.beginRound()
    }
}
