/// What becomes of the stored page and its series when the next one was read.
extension PageCache {
    /// Gives up a page that does not parse or is too much. The series it had up to there get no stale markers for it, as in Prometheus:
    /// they were seen.
    mutating func breakOff() {
        guard isReading else { return }
        startMarking()
        isBroken = true
        abort()
    }

    /// Forgets the page being read.
    mutating func abort() {
        isReading = false
        for number in added {
            let slot = slot(of: Int(number))
            index?.remove(Int(number), slot.fingerprint)
            series[Int(number)] = .none
        }
        free += added
        added.removeAll(keepingCapacity: true)
        guard isRebuilding else { return }
        isRebuilding = false
        fresh.removeAll(keepingCapacity: true)
        for at in slots.indices where slots[at].isSeries { series[Int(slots[at].series)].line = at }
    }

    /// The series that the stored page had and this one has not; after a page that could not be read, all that it did not get to.
    func goneSeries(failed: Bool) -> [Int] {
        if failed { return series.indices.filter { series[$0].isTracked && !isSpared($0) } }
        guard marking else { return [] }
        let gone = series.indices.filter { series[$0].isTracked && !(isSeen($0) && series[$0].willBeTracked) }
        guard hasAliases, !gone.isEmpty else { return gone }
        // Two keys can be relabelled into one series, which is there as long as one of them is.
        let present = Set(series.indices.lazy.filter { self.isSeen($0) && self.series[$0].willBeTracked }.map { self.series[$0].reference })
        return gone.filter { !present.contains(series[$0].reference) }
    }

    /// Every series has had its stale marker, but for those that a broken page got to.
    mutating func forgetTracked() {
        for number in series.indices where !isSpared(number) { series[number].isTracked = false }
        // They are spared once: if the next scrape fails too, they end.
        isBroken = false
    }

    private func isSpared(_ number: Int) -> Bool { isBroken && isSeen(number) && series[number].willBeTracked }

    /// Makes the page just read the stored one. True if its comments differ from those before.
    mutating func commit() -> Bool {
        isReading = false
        let isOther = commentsChanged
        storedComments = comments
        storedFormat = format
        if isRebuilding { replace() } else { countUnchanged() }
        if marking { keepTracked() }
        return isOther
    }

    private mutating func keepTracked() {
        let slots = slots
        series.withUnsafeMutableBufferPointer { series in
            for slot in slots where slot.isSeries { series[Int(slot.series)].keepTracked() }
        }
    }

    /// The new lines take the place of the old ones, whose memory is for those of the next page.
    private mutating func replace() {
        let isFirst = slots.isEmpty
        for slot in slots where slot.isSeries && !isSeen(Int(slot.series)) {
            index?.remove(Int(slot.series), slot.fingerprint)
            overrun.forget(series[Int(slot.series)].refusedName)
            series[Int(slot.series)] = .none
            free.append(slot.series)
        }
        swap(&slots, &fresh)
        fresh.removeAll(keepingCapacity: true)
        added.removeAll(keepingCapacity: true)
        isRebuilding = false
        unchanged = 0
        if free.count > max(series.count / 4, 64) { compact() }
        if isFirst { settle() }
    }

    private mutating func countUnchanged() {
        guard unchanged < Self.quietPages else { return }
        unchanged += 1
        if unchanged == Self.quietPages { settle() }
    }

    /// All is as long as it has to be: the page stays for a long time.
    private mutating func settle() {
        slots = slots.withUnsafeBufferPointer { Array($0) }
        series = series.withUnsafeBufferPointer { Array($0) }
        fresh = []
        added = []
        index = nil
    }

    /// Numbers the series anew, in the order of their lines, when many numbers are of none.
    private mutating func compact() {
        var numbers = [UInt32](repeating: .max, count: series.count)
        var kept: [CachedSeries] = []
        kept.reserveCapacity(series.count - free.count)
        for at in slots.indices where !slots[at].isComment {
            let number = Int(slots[at].series)
            if numbers[number] == .max {
                numbers[number] = UInt32(kept.count)
                kept.append(series[number])
            }
            slots[at].series = numbers[number]
        }
        series = kept
        free = []
        index = nil
    }
}
