import Model

extension AggregateColumn {
    /// Appends the windows of finer windows, which ascend, or of samples as windows of one. The newest window that is there must end before the
    /// first of them.
    ///
    /// What is a multiple of the resolution already stays as it is, to the bit.
    func fold(_ finer: AggregateColumn, _ range: Range<Int>, resolution: Int64) {
        var at = range.lowerBound
        while at < range.upperBound {
            let end = windowEnd(finer.ends[at], resolution)
            var behind = at &+ 1
            while behind < range.upperBound, finer.ends[behind] <= end { behind &+= 1 }
            var window = finer[at]
            if behind > at &+ 1 {
                var sequence = WindowSequence(window)
                for place in at &+ 1..<behind { sequence.add(finer[place]) }
                window = sequence.result
            }
            window.end = end
            append(window)
            at = behind
        }
    }

    /// Merges the windows from `start` on, which ascend, with those before, which ascend too from `first` on: two that end at one time become one.
    func mergeTail(from start: Int, into first: Int) {
        guard start > first, start < count, ends[start] <= ends[start - 1] else { return }
        let older = (first..<start).map { self[$0] }
        let newer = (start..<count).map { self[$0] }
        count = first
        var (a, b) = (0, 0)
        while a < older.count || b < newer.count {
            if b == newer.count || (a < older.count && older[a].end < newer[b].end) {
                append(older[a])
                a += 1
            } else if a == older.count || newer[b].end < older[a].end {
                append(newer[b])
                b += 1
            } else {
                append(older[a].merged(with: newer[b]))
                (a, b) = (a + 1, b + 1)
            }
        }
    }
}

/// Two numbers of samples or resets together, as far as windows tell of so many: what damaged ones may claim is written so that it can be read again.
func counted(_ a: Int64, _ b: Int64) -> Int64 { min(a &+ b, Aggregate.greatestCount) }

/// Windows that follow each other, put together.
struct WindowSequence {
    private var whole: Aggregate
    private var sum: CompensatedSum
    private var lost: CompensatedSum

    init(_ first: Aggregate) {
        whole = first
        sum = CompensatedSum(sum: first.sum)
        lost = CompensatedSum(sum: first.lost)
    }

    mutating func add(_ next: Aggregate) {
        whole.end = next.end
        whole.isMerged = whole.isMerged || next.isMerged
        guard next.count > 0 else {
            // Of several markers in a row the first one ends the series.
            whole.staleTime = whole.staleTime ?? next.staleTime
            return
        }
        guard whole.count > 0 else {
            let isMerged = whole.isMerged
            self = WindowSequence(next)
            whole.isMerged = isMerged
            return
        }
        sum.add(next.sum)
        lost.add(next.lost)
        whole.count = counted(whole.count, next.count)
        whole.resets = counted(whole.resets, next.resets)
        if next.first < whole.last {
            lost.add(whole.last)
            whole.resets = counted(whole.resets, 1)
        }
        whole.takeExtremes(of: next)
        (whole.lastTime, whole.last) = (next.lastTime, next.last)
        whole.staleTime = next.staleTime
    }

    var result: Aggregate {
        var result = whole
        if whole.count > 0 { (result.sum, result.lost) = (sum.value, lost.value) }
        return result
    }
}

extension Aggregate {
    /// With those samples of the same window that another aggregate has and this one does not.
    ///
    /// Where one lies behind the other their order is known. Otherwise the counter part is that of the one with more resets, as both will have seen
    /// the same ones.
    func merged(with other: Aggregate) -> Aggregate {
        guard count > 0, other.count > 0 else {
            var result = count > 0 ? self : other
            result.staleTime = closing(other, last: count > 0 || other.count > 0 ? result.lastTime : nil)
            result.isMerged = true
            return result
        }
        if lastTime < other.firstTime { return following(other) }
        if other.lastTime < firstTime { return other.following(self) }
        var result = resets < other.resets ? other : self
        result.count = counted(count, other.count)
        var sum = CompensatedSum(sum: self.sum)
        sum.add(other.sum)
        result.sum = sum.value
        result.minimum = minimum
        result.maximum = maximum
        result.takeExtremes(of: other)
        (result.firstTime, result.first) = firstTime <= other.firstTime ? (firstTime, first) : (other.firstTime, other.first)
        (result.lastTime, result.last) = lastTime >= other.lastTime ? (lastTime, last) : (other.lastTime, other.last)
        result.staleTime = closing(other, last: result.lastTime)
        result.isMerged = true
        return result
    }

    private func following(_ other: Aggregate) -> Aggregate {
        var sequence = WindowSequence(self)
        sequence.add(other)
        var result = sequence.result
        result.staleTime = closing(other, last: result.lastTime)
        result.isMerged = true
        return result
    }

    /// The earliest stale marker of both behind the last sample.
    private func closing(_ other: Aggregate, last: Timestamp?) -> Timestamp? {
        [staleTime, other.staleTime].compactMap { $0 }.filter { $0 > last ?? .min }.min()
    }

    fileprivate mutating func takeExtremes(of other: Aggregate) {
        if other.minimum < minimum || minimum.isNaN { minimum = other.minimum }
        if other.maximum > maximum || maximum.isNaN { maximum = other.maximum }
    }
}
