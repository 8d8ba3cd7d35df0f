import Model
import TSDB

extension Evaluator {
    /// Streams the series of an instant selector. A selector that the query repeats is read once.
    func streamSelector(_ node: VectorSelector, givesTime: Bool = false, _ sink: Sink) throws {
        let references = try references(offset: node.offset, at: node.at)
        let key = InstantKey(
            matchers: QueryContext.spelling(node.matchers), first: references.first, stride: references.stride, count: references.count,
            boundaries: node.boundaries, givesTime: givesTime)
        if let known = context.instantRows[key] {
            let scratch = ScratchRow(steps: grid.count)
            for index in 0..<known.count {
                scratch.row.copy(from: known[index])
                try sink(known.keys[index], scratch.row)
            }
        } else if context.repeatedSelectors.contains(key.matchers) {
            let rows = try collect { try readSelector(node, references, givesTime: givesTime, $0) }
            context.instantRows[key] = rows
            try streamSelector(node, givesTime: givesTime, sink)
        } else {
            try readSelector(node, references, givesTime: givesTime, sink)
        }
    }

    private func readSelector(_ node: VectorSelector, _ references: ReferenceTimes, givesTime: Bool, _ sink: Sink) throws {
        let lookback = context.lookback
        let smoothed = node.boundaries == .smoothed
        let from = references.first - lookback + 1
        let through = references.last + (smoothed ? lookback : 0)
        let set = try context.select(node.matchers, from: from, through: through)
        let column = SampleColumn()
        let scratch = ScratchRow(steps: grid.count)
        for index in 0..<set.count {
            try context.checkStop()
            column.removeAll()
            try set.read(index, from: from, through: through, into: column)
            try context.account.decoded(column.count)
            if smoothed {
                column.removeStaleMarkers()
                scratch.row.interpolate(column, references, lookback: lookback)
            } else {
                scratch.row.lookBack(column, references, lookback: lookback, givesTime: givesTime)
            }
            if scratch.row.isEmpty { continue }
            try sink(RowKey(labels: set.labels(index)), scratch.row)
        }
    }
}

extension Row {
    /// At each step the newest sample within `(time - lookback, time]`, none if that is a stale marker.
    func lookBack(_ column: SampleColumn, _ references: ReferenceTimes, lookback: Int64, givesTime: Bool) {
        clear()
        let times = column.times
        let values = column.values
        let count = column.count
        var next = 0
        for step in 0..<steps {
            let time = references[step]
            while next < count, times[next] <= time { next &+= 1 }
            guard next > 0, times[next &- 1] > time &- lookback else { continue }
            let value = values[next &- 1]
            if StaleMarker.isStale(value) { continue }
            set(step, givesTime ? Double(times[next &- 1]) / 1000 : value)
        }
    }

    /// At each step the value on the line between the samples before and after, or the one before alone.
    func interpolate(_ column: SampleColumn, _ references: ReferenceTimes, lookback: Int64) {
        clear()
        var next = 0
        for step in 0..<steps {
            let time = references[step]
            while next < column.count, column.times[next] <= time { next += 1 }
            guard next > 0, column.times[next - 1] > time - lookback else { continue }
            let before = next - 1
            let isExact = column.times[before] == time || next == column.count || column.times[next] >= time + lookback
            set(step, isExact ? column.values[before] : column.line(before, next, at: time))
        }
    }
}

extension SampleColumn {
    /// The value at `time` on the straight line between two samples.
    func line(_ before: Int, _ after: Int, at time: Timestamp) -> Double {
        let part = Double(time - times[before]) / Double(times[after] - times[before])
        return values[before] + (values[after] - values[before]) * part
    }
}
