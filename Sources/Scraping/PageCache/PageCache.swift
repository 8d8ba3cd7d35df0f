import Exposition
import Model
import TSDB

/// A target's last good page: its lines in order, each as a fingerprint with the series it stands for.
///
/// Almost every page repeats the lines of the one before in the same order, so line *i* of a new page is first compared with line *i* of the
/// stored one, then looked up, and only then parsed, relabelled and made a new series. In the steady state nothing is parsed but numbers, and
/// nothing is allocated. The bytes of the lines are not kept, see ``Fingerprint``.
///
/// A page is read between ``begin(trusting:)`` and either ``commit()`` or ``abort()``; until then the stored page stays as it is. Not
/// thread-safe: one loop at a time.
final class PageCache {
    /// The stored page.
    private(set) var slots: [PageSlot] = []
    /// The series of the stored page, and behind them those that only the page being read has.
    var series: [CachedSeries] = []
    /// How many of `series` belong to the stored page.
    private(set) var stored = 0
    /// Counts the pages read, good or bad.
    private(set) var page: UInt32 = 0
    /// Every series of the stored page that is not dropped is tracked for staleness.
    private var allTracked = true
    private var index: SeriesIndex?
    private(set) var lastFormat: ExpositionFormat?

    /// Where the page being read is in the stored one.
    private var position = 0
    /// The series seen on this page carry its number; off until the first line that is not as it was.
    private var marking = false
    /// The new page as far as it was read, once it turned out to differ from the stored one.
    private(set) var rebuilt: [PageSlot]?
    /// Lines may be taken without a look at their labels.
    private var trusting = true
    /// Between ``begin(_:trusting:)`` and what ends the page.
    private var isReading = false
    /// The last page was given up in the middle.
    private var isBroken = false
    /// The last TYPE line of the page being read.
    private(set) var typeLine: Range<Int>?

    /// Starts reading a page. Without trust in the references every series is asked for by its labels.
    func begin(_ format: ExpositionFormat, trusting: Bool) {
        page &+= 1
        position = 0
        marking = false
        rebuilt = nil
        typeLine = nil
        isReading = true
        isBroken = false
        // The formats differ in what they allow between the parts of a line.
        self.trusting = trusting && lastFormat == format
        lastFormat = format
    }

    /// Gives up a page that does not parse or is too much. The series it had up to there get no stale markers for it, as in Prometheus:
    /// they were seen.
    func breakOff() {
        guard isReading else { return }
        startMarking()
        isBroken = true
        abort()
    }

    /// Forgets the page being read.
    func abort() {
        isReading = false
        if series.count > stored {
            series.removeLast(series.count - stored)
            index = nil
        }
        rebuilt = nil
    }

    // MARK: The steady state

    /// Takes as many lines as are what they were on the stored page, and adds their samples to the batch.
    func takeKnownLines(_ cursor: inout ExpositionCursor, at time: Timestamp, into batch: inout AppendBatch, _ tally: inout PageTally) {
        guard trusting else { return }
        let first = position
        var at = first
        let fingerprints = Fingerprint.shared
        slots.withUnsafeBufferPointer { slots in
            series.withUnsafeBufferPointer { series in
                while at < slots.count {
                    let slot = slots[at]
                    if slot.isComment {
                        let start = cursor.position
                        guard cursor.take(count: slot.count, slot.fingerprint, fingerprints) else { break }
                        if slot.kind == .type { typeLine = start..<cursor.position }
                    } else {
                        let known = series[Int(slot.series)]
                        guard slot.kind == .series, known.reference != nil || known.isDropped,
                            let value = cursor.takeValue(keyCount: slot.count, slot.fingerprint, fingerprints)
                        else { break }
                        tally.scraped &+= 1
                        if let reference = known.reference {
                            tally.kept &+= 1
                            batch.add(reference, time, value)
                        }
                    }
                    at &+= 1
                }
            }
        }
        position = at
        if marking { mark(first..<at) }
        rebuilt?.append(contentsOf: slots[first..<at])
    }

    // MARK: Other lines

    /// Notes a comment line with its newline, which begins at `start` of the page.
    func addComment(_ line: UnsafeRawBufferPointer, at start: Int) {
        let isType = Self.isType(line)
        if isType { typeLine = start..<start + line.count }
        // Without its newline the next page's line could merely begin like it.
        guard line.last == UInt8(ascii: "\n") else { return }
        let slot = PageSlot(isType ? .type : .comment, fingerprint: Fingerprint.shared.of(line), count: line.count)
        if position < slots.count, slots[position].isComment, isSame(slots[position], slot) { return pass() }
        rebuild()
        rebuilt?.append(slot)
    }

    private static func isType(_ line: UnsafeRawBufferPointer) -> Bool {
        let blanks: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        let text = line.drop { blanks.contains($0) || $0 == UInt8(ascii: "\n") }
        let word = text.dropFirst().drop(while: blanks.contains)
        return word.starts(with: "TYPE".utf8) && word.dropFirst(4).first.map(blanks.contains) == true
    }

    /// The number of the series with a key; nil if neither page had it, and then ``addSeries(_:isDropped:)`` makes it.
    func find(_ key: UnsafeRawBufferPointer) -> Int? {
        startMarking()
        let slot = PageSlot(.series, fingerprint: Fingerprint.shared.of(key), count: key.count)
        if position < slots.count, !slots[position].isComment, isSame(slots[position], slot) {
            let number = Int(slots[position].series)
            pass()
            return number
        }
        rebuild()
        let index = self.index ?? newIndex()
        self.index = index
        guard let number = index.find(slot.fingerprint, { isSame(self.slot(of: $0), slot) }) else { return nil }
        add(slot, number)
        if number < stored, series[number].line >= position { position = series[number].line + 1 }
        return number
    }

    /// Makes a series for a key that ``find(_:)`` did not know.
    func addSeries(_ key: UnsafeRawBufferPointer, isDropped: Bool) -> Int {
        let number = series.count
        let slot = PageSlot(.series, fingerprint: Fingerprint.shared.of(key), count: key.count)
        var new = CachedSeries(line: add(slot, number))
        new.isDropped = isDropped
        series.append(new)
        if index?.add(number, slot.fingerprint) == false { index = newIndex() }
        return number
    }

    /// The line of a series in its page.
    private func slot(of number: Int) -> PageSlot {
        let line = series[number].line
        return number < stored ? slots[line] : rebuilt?[line] ?? slots[line]
    }

    private func newIndex() -> SeriesIndex { SeriesIndex(count: series.count) { slot(of: $0).fingerprint } }

    /// Whether this page already had the series.
    func isSeen(_ number: Int) -> Bool { series[number].seen == page }

    func markSeen(_ number: Int, tracked: Bool) {
        if series[number].seen != page { series[number].willBeTracked = false }
        series[number].seen = page
        if tracked { series[number].willBeTracked = true }
    }

    /// Call when the last line was read: what the stored page had beyond is gone.
    func end() {
        if position < slots.count { rebuild() }
    }

    // MARK: Afterwards

    /// The series that the stored page had and this one has not; after a page that could not be read, all that it did not get to.
    func goneSeries(failed: Bool) -> [Int] {
        if failed { return (0..<stored).filter { series[$0].isTracked && !isSpared($0) } }
        if !marking, allTracked, rebuilt == nil { return [] }
        startMarking()
        let gone = (0..<stored).filter { series[$0].isTracked && !(isSeen($0) && series[$0].willBeTracked) }
        guard !gone.isEmpty else { return gone }
        // Two keys can be relabelled into one series, which is there as long as one of them is.
        let present = Set(series.indices.lazy.filter { self.isSeen($0) && self.series[$0].willBeTracked }.map { self.series[$0].reference })
        return gone.filter { !present.contains(series[$0].reference) }
    }

    /// Every series has had its stale marker, but for those that a broken page got to.
    func forgetTracked() {
        for number in 0..<stored where !isSpared(number) { series[number].isTracked = false }
        allTracked = false
        // They are spared once: if the next scrape fails too, they end.
        isBroken = false
    }

    private func isSpared(_ number: Int) -> Bool { isBroken && isSeen(number) && series[number].willBeTracked }

    /// Makes the page just read the stored one. True if its lines differ from those before.
    func commit() -> Bool {
        isReading = false
        if marking || !allTracked {
            startMarking()
            allTracked = true
            for number in series.indices {
                series[number].isTracked = isSeen(number) && series[number].willBeTracked
                if isSeen(number), !series[number].isTracked, !series[number].isDropped { allTracked = false }
            }
        }
        guard let rebuilt else { return false }
        self.rebuilt = nil
        // A copy is as long as it has to be: the page stays for a long time.
        slots = rebuilt.withUnsafeBufferPointer { Array($0) }
        compact()
        return true
    }

    // MARK: Inside

    private func isSame(_ a: PageSlot, _ b: PageSlot) -> Bool { a.fingerprint == b.fingerprint && a.count == b.count }

    /// The line at the position is as it was.
    private func pass() {
        rebuilt?.append(slots[position])
        position += 1
    }

    private func startMarking() {
        guard !marking else { return }
        marking = true
        mark(0..<position)
    }

    /// Lines that were taken as they were have no timestamp, so that their series are tracked.
    private func mark(_ range: Range<Int>) {
        for at in range where !slots[at].isComment { markSeen(Int(slots[at].series), tracked: !series[Int(slots[at].series)].isDropped) }
    }

    /// Starts a new list of lines with those that were as before.
    private func rebuild() {
        guard rebuilt == nil else { return }
        startMarking()
        var lines: [PageSlot] = []
        lines.reserveCapacity(slots.count)
        lines.append(contentsOf: slots[..<position])
        rebuilt = lines
    }

    /// Puts a series' line into the new page and gives its number there.
    @discardableResult
    private func add(_ slot: PageSlot, _ number: Int) -> Int {
        guard let line = rebuilt?.count else { preconditionFailure("BUG: a new line without a new page") }
        let isRepeat = number < series.count && isSeen(number)
        rebuilt?.append(PageSlot(isRepeat ? .repeat : .series, fingerprint: slot.fingerprint, count: slot.count, series: number))
        return line
    }

    /// Drops the series that the new page has not, and renumbers the others.
    private func compact() {
        var numbers = [UInt32](repeating: 0, count: series.count)
        var kept: [CachedSeries] = []
        kept.reserveCapacity(series.count)
        for number in series.indices where isSeen(number) {
            numbers[number] = UInt32(kept.count)
            kept.append(series[number])
        }
        var placed = [Bool](repeating: false, count: kept.count)
        for at in slots.indices where !slots[at].isComment {
            slots[at].series = numbers[Int(slots[at].series)]
            let number = Int(slots[at].series)
            slots[at].kind = placed[number] ? .repeat : .series
            guard !placed[number] else { continue }
            placed[number] = true
            kept[number].line = at
        }
        series = kept
        stored = kept.count
        index = nil
    }
}
