import Model
import PromQL

/// Which of a rule's series have data, and which had: what `no_data: alert` goes by.
struct DataPresence {
    private var lastSeen: [Labels: Timestamp] = [:]

    /// Notes the series that have data and gives those that had and have none, in the order of their labels.
    mutating func note(_ present: [VectorSample], at time: Timestamp) -> [Labels] {
        for one in present { lastSeen[one.labels] = time }
        if lastSeen.count == present.count { return [] }
        var lacking: [Labels] = []
        for (labels, seen) in lastSeen where seen < time {
            if time - seen < NoDataPolicy.memory { lacking.append(labels) } else { lastSeen[labels] = nil }
        }
        return lacking.sorted()
    }
}
