import Model
import PromQL

/// Which of a rule's series have data, and which had: what `no_data: alert` goes by.
struct DataPresence {
    /// For how long after a restart a series that had data before may be silent without that being told: it may not have been scraped again yet. As
    /// long as a query takes a sample for the present one.
    private static let patience: Int64 = 5 * 60_000

    private var lastSeen: [Labels: Timestamp] = [:]
    /// Series that have not been seen since the restart, and until when that is no wonder.
    private var awaited: [Labels: Timestamp] = [:]

    /// Notes the series that have data and gives those that had and have none, in the order of their labels.
    mutating func note(_ present: [VectorSample], at time: Timestamp) -> [Labels] {
        for one in present {
            lastSeen[one.labels] = time
            if !awaited.isEmpty { awaited[one.labels] = nil }
        }
        if lastSeen.count == present.count { return [] }
        var lacking: [Labels] = []
        for (labels, seen) in lastSeen where seen < time {
            guard time - seen < NoDataPolicy.memory else {
                lastSeen[labels] = nil
                awaited[labels] = nil
                continue
            }
            if awaited[labels].map({ time >= $0 }) ?? true { lacking.append(labels) }
        }
        return lacking.sorted()
    }

    /// Notes a series that had data in the run before.
    ///
    /// - Parameter isMissed: whether it was silent then already.
    mutating func restore(_ labels: Labels, seen: Timestamp, isMissed: Bool, at time: Timestamp) {
        guard lastSeen[labels] == nil else { return }
        lastSeen[labels] = seen
        awaited[labels] = isMissed ? nil : time + Self.patience
    }
}
