import Exposition
import Glibc
import Model
import TSDB

/// A target's last good page: its lines in order, each with the series it stands for.
///
/// Almost every page repeats the lines of the one before in the same order, so line *i* of a new page is first compared with line *i* of the
/// stored one (`memcmp`), then looked up by hash, and only then parsed, relabelled and made a new series. In the steady state nothing is parsed
/// but numbers, nothing is hashed and nothing is allocated.
///
/// A page is read between ``begin(trusting:)`` and either ``commit()`` or ``abort()``; until then the stored page stays as it is. Not
/// thread-safe: one loop at a time.
final class PageCache {
    /// The stored page.
    private(set) var keys = KeyBytes()
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
    private var rebuilt: (keys: KeyBytes, slots: [PageSlot])?
    /// Lines may be taken without a look at their labels.
    private var trusting = true
    /// Between ``begin(_:trusting:)`` and what ends the page.
    private var isReading = false
    /// The last page was given up in the middle.
    private var isBroken = false
    /// The last TYPE line among the first `count` lines of the page being read.
    private var lastType: (count: Int, slot: PageSlot?) = (0, nil)

    /// Starts reading a page. Without trust in the references every series is asked for by its labels.
    func begin(_ format: ExpositionFormat, trusting: Bool) {
        page &+= 1
        position = 0
        marking = false
        rebuilt = nil
        lastType = (0, nil)
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
        let base = UnsafePointer(keys.base)
        slots.withUnsafeBufferPointer { slots in
            series.withUnsafeBufferPointer { series in
                while at < slots.count {
                    let slot = slots[at]
                    if slot.isComment {
                        guard cursor.take(line: base + slot.offset, count: slot.count) else { break }
                    } else {
                        let known = series[Int(slot.series)]
                        guard !slot.isRepeat, known.reference != nil || known.isDropped,
                            let value = cursor.takeValue(ofKey: base + slot.offset, count: slot.count)
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
        if rebuilt != nil { copy(first..<at) }
    }

    // MARK: Other lines

    /// The last TYPE line before the line being read; nil if there is none. Looks at each line once a page.
    func typeLine() -> UnsafeRawBufferPointer? {
        let bytes = rebuilt?.keys ?? keys
        let count = rebuilt?.slots.count ?? position
        var slot = lastType.slot
        for at in (lastType.count..<max(count, lastType.count)).reversed() {
            let candidate = rebuilt?.slots[at] ?? slots[at]
            guard candidate.isComment, Self.isType(bytes[candidate.offset, candidate.count]) else { continue }
            slot = candidate
            break
        }
        lastType = (count, slot)
        return slot.map { bytes[$0.offset, $0.count] }
    }

    private static func isType(_ line: UnsafeRawBufferPointer) -> Bool {
        let blanks: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        let word = line.dropFirst().drop(while: blanks.contains)
        return word.starts(with: "TYPE".utf8) && word.dropFirst(4).first.map(blanks.contains) == true
    }

    /// Notes a comment line with its newline.
    func addComment(_ line: UnsafeRawBufferPointer) {
        // Without its newline the next page's line could merely begin like it.
        guard line.last == UInt8(ascii: "\n") else { return }
        if position < slots.count, slots[position].isComment, equal(line, slots[position]) { return pass() }
        rebuild()
        guard let offset = rebuilt?.keys.append(line) else { return }
        rebuilt?.slots.append(PageSlot(offset: offset, count: line.count, series: -1))
    }

    /// The number of the series with a key; nil if neither page had it, and then ``addSeries(_:)`` makes it.
    func find(_ key: UnsafeRawBufferPointer) -> Int? {
        startMarking()
        if position < slots.count, !slots[position].isComment, equal(key, slots[position]) {
            let number = Int(slots[position].series)
            pass()
            return number
        }
        rebuild()
        let index = self.index ?? SeriesIndex(series)
        self.index = index
        guard let number = index.find(StableHash.folded(key), in: series, { equalKey($0, key) }) else { return nil }
        addSlot(key, number)
        if number < stored, series[number].slot >= position { position = series[number].slot + 1 }
        return number
    }

    /// Makes a series for a key that ``find(_:)`` did not know.
    func addSeries(_ key: UnsafeRawBufferPointer, isDropped: Bool) -> Int {
        let number = series.count
        let offset = addSlot(key, number)
        var new = CachedSeries(hash: StableHash.folded(key), keyOffset: offset, keyCount: key.count)
        new.isDropped = isDropped
        series.append(new)
        index?.addLast(of: series)
        return number
    }

    /// The key bytes of a series.
    func key(of number: Int) -> UnsafeRawBufferPointer {
        let bytes = number < stored ? keys : rebuilt?.keys ?? keys
        return bytes[series[number].keyOffset, series[number].keyCount]
    }

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
        keys = rebuilt.keys
        keys.trim()
        // A copy is as long as it has to be: the page stays for a long time.
        slots = rebuilt.slots.withUnsafeBufferPointer { Array($0) }
        compact()
        return true
    }

    /// Calls `body` with each comment line.
    func forEachComment(_ body: (UnsafeRawBufferPointer) -> Void) {
        for slot in slots where slot.isComment { body(keys[slot.offset, slot.count]) }
    }

    // MARK: Inside

    private func equal(_ bytes: UnsafeRawBufferPointer, _ slot: PageSlot) -> Bool {
        bytes.count == slot.count && compareBytes(bytes, keys[slot.offset, slot.count]) == 0
    }

    private func equalKey(_ number: Int, _ key: UnsafeRawBufferPointer) -> Bool {
        series[number].keyCount == key.count && compareBytes(self.key(of: number), key) == 0
    }

    /// The line at the position is as it was.
    private func pass() {
        if rebuilt != nil { copy(position..<position + 1) }
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
        rebuilt = (KeyBytes(capacity: keys.count), [])
        rebuilt?.slots.reserveCapacity(slots.count)
        copy(0..<position)
    }

    /// Copies lines of the stored page, whose bytes lie one behind the other.
    private func copy(_ range: Range<Int>) {
        guard let first = range.first, let last = range.last, let target = rebuilt else { return }
        let start = slots[first].offset
        let offset = target.keys.append(keys[start, slots[last].offset + slots[last].count - start])
        for at in range {
            var slot = slots[at]
            slot.offset += offset - start
            rebuilt?.slots.append(slot)
        }
    }

    @discardableResult
    private func addSlot(_ key: UnsafeRawBufferPointer, _ number: Int) -> Int {
        guard let offset = rebuilt?.keys.append(key) else { preconditionFailure("BUG: a new line without a new page") }
        let isRepeat = number < series.count && isSeen(number)
        rebuilt?.slots.append(PageSlot(offset: offset, count: key.count, series: Int32(number), isRepeat: isRepeat))
        return offset
    }

    /// Drops the series that the new page has not, and renumbers the others.
    private func compact() {
        var numbers = [Int32](repeating: -1, count: series.count)
        var kept: [CachedSeries] = []
        kept.reserveCapacity(series.count)
        for number in series.indices where isSeen(number) {
            numbers[number] = Int32(kept.count)
            kept.append(series[number])
        }
        var placed = [Bool](repeating: false, count: kept.count)
        for at in slots.indices where !slots[at].isComment {
            let number = Int(numbers[Int(slots[at].series)])
            slots[at].series = Int32(number)
            slots[at].isRepeat = placed[number]
            guard !placed[number] else { continue }
            placed[number] = true
            kept[number].slot = at
            kept[number].keyOffset = slots[at].offset
        }
        series = kept
        stored = kept.count
        index = nil
    }
}
