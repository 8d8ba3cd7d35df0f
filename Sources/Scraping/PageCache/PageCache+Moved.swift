import Exposition
import TSDB

/// Lines that do not stand where they did, and those that no page had before.
extension PageCache {
    /// Takes the next line if the stored page had its key, wherever that stood, and if what is behind it is well-formed. Nil, with the cursor where it
    /// was, if it has to be parsed.
    mutating func takeKnownLine(_ cursor: inout ExpositionCursor) -> (Place, SeriesLine)? {
        guard trusting, !slots.isEmpty else { return nil }
        var probe = KeyProbe(cursor)
        guard probe.isSeries, let found = find(&probe), let line = cursor.takeLine(keyCount: found.key.count) else { return nil }
        return (take(found), line)
    }

    /// A series of the cache that a line is of. `slot`: where in the stored page its key was met, if it was not looked up.
    private struct Found {
        let key: LineKey
        let series: Int
        var slot: Int?
    }

    private mutating func find(_ probe: inout KeyProbe) -> Found? {
        if let at = nearby({ !$0.isComment && probe.has($0.key) }) { return found(at) }
        while let key = probe.guess() {
            if let number = lookUp(key) { return Found(key: key, series: number) }
        }
        return nil
    }

    /// The place of a line for which `isIt` holds: at the position, where else the page may go on, or a little ahead.
    private func nearby(_ isIt: (PageSlot) -> Bool) -> Int? {
        if position < slots.count, isIt(slots[position]) { return position }
        if other < slots.count, isIt(slots[other]) { return other }
        let ahead = position + 1..<max(position + 1, min(position + 1 + Self.reach, slots.count))
        return ahead.first { isIt(slots[$0]) }
    }

    private func found(_ at: Int) -> Found { Found(key: slots[at].key, series: Int(slots[at].series), slot: at) }

    private mutating func lookUp(_ key: LineKey) -> Int? {
        if index == nil { index = newIndex() }
        return index?.find(key.fingerprint) { slot(of: $0).key == key }
    }

    private func newIndex() -> SeriesIndex {
        var index = SeriesIndex(count: stored + added.count)
        for slot in slots where slot.isSeries { _ = index.add(Int(slot.series), slot.fingerprint) }
        for number in added { _ = index.add(Int(number), slot(of: Int(number)).fingerprint) }
        return index
    }

    /// Puts a line into the page being read, and decides where the next one is expected.
    private mutating func take(_ found: Found) -> Place {
        startMarking()
        let place = Place(series: found.series, isRepeat: isSeen(found.series))
        let isAsItWas = found.slot == position && !isRebuilding
        if !isAsItWas { startRebuilding() }
        let line = isAsItWas ? position : fresh.count
        if isRebuilding { fresh.append(PageSlot(place.isRepeat ? .repeat : kind(of: found.series), found.key, series: found.series)) }
        expectNext(found, place)
        if !place.isRepeat { series[found.series].enter(page, line: line) }
        return place
    }

    /// What the line of a series is that the page being read has not had yet.
    private func kind(of number: Int) -> PageSlot.Kind { slots[series[number].line].isHistogram ? .histogram : .series }

    private mutating func expectNext(_ found: Found, _ place: Place) {
        if let slot = found.slot {
            expect(behind: slot)
        } else if !place.isRepeat {
            // Either this line alone has moved, or all behind it have too.
            other = series[found.series].line + 1
        }
    }

    private mutating func expect(behind slot: Int) {
        // The part that the lines came from until now may go on later.
        if slot == other, slot != position { other = position }
        position = slot + 1
    }

    /// Notes a comment line with its newline, which begins at `start` of the page.
    mutating func addComment(_ line: UnsafeRawBufferPointer, at start: Int) {
        let key = LineKey(line)
        let isType = Self.isType(line)
        if isType { typeLine = start..<start + line.count }
        // Without its newline the next page's line could merely begin like it.
        guard line.last == UInt8(ascii: "\n") else { return comments = Self.following(comments, key.fingerprint) }
        addComment(key, isType: isType)
    }

    /// Notes what tells of the series behind it.
    mutating func addComment(_ key: LineKey, isType: Bool) {
        comments = Self.following(comments, key.fingerprint)
        let known = nearby { $0.isComment && $0.key == key }
        if known != position { startRebuilding() }
        if isRebuilding { fresh.append(PageSlot(isType ? .type : .comment, key)) }
        if let known { expect(behind: known) }
    }

    private static func isType(_ line: UnsafeRawBufferPointer) -> Bool {
        let blanks: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        let text = line.drop { blanks.contains($0) || $0 == UInt8(ascii: "\n") }
        let word = text.dropFirst().drop(while: blanks.contains)
        return word.starts(with: "TYPE".utf8) && word.dropFirst(4).first.map(blanks.contains) == true
    }

    /// Takes a line with a key; nil if neither page had that, and then ``addSeries(_:isDropped:)`` makes a series of it.
    mutating func find(_ key: LineKey) -> Place? {
        if let at = nearby({ !$0.isComment && $0.key == key }) { return take(found(at)) }
        return lookUp(key).map { take(Found(key: key, series: $0)) }
    }

    /// Makes a series for the line whose key ``find(_:)`` did not know, and gives its number.
    mutating func addSeries(_ key: LineKey, isDropped: Bool, isHistogram: Bool = false) -> Int {
        startRebuilding()
        var new = CachedSeries(page: page, line: fresh.count)
        new.isDropped = isDropped
        let number = free.popLast().map(Int.init) ?? series.count
        if number < series.count { series[number] = new } else { series.append(new) }
        added.append(UInt32(number))
        fresh.append(PageSlot(isHistogram ? .histogram : .series, key, series: number))
        if index?.add(number, key.fingerprint) == false { index = newIndex() }
        return number
    }

    /// The series gets a stale marker when it is gone from the next page.
    mutating func track(_ number: Int) { series[number].willBeTracked = true }

    mutating func setReference(_ reference: SeriesRef?, of number: Int) {
        overrun.forget(series[number].refusedName)
        series[number].setRefused(name: nil)
        series[number].reference = reference
    }

    /// The head has no room for a series with this metric name.
    mutating func setRefused(_ name: String, of number: Int) {
        overrun.forget(series[number].refusedName)
        series[number].setRefused(name: overrun.number(name))
    }

    /// Whether the samples of a series go nowhere, because the head has no room for it and is not asked again.
    func isPassedOver(_ number: Int) -> Bool { series[number].isRefused && passing == .droppedAndRefused }

    /// Makes a line with a start of the line whose key ``find(_:)`` did not know, and gives its number.
    mutating func addStart(_ key: LineKey) -> Int {
        let number = addSeries(key, isDropped: true)
        series[number].start = CachedSeries.unknownStart
        return number
    }

    /// The series of the line so many lines with keys before the one just taken; nil if there is none, or a comment.
    func series(before back: Int) -> Int? {
        let (lines, last) = isRebuilding ? (fresh, fresh.count - 1) : (slots, position - 1)
        guard last - back >= 0, !lines[last - back].isComment else { return nil }
        return Int(lines[last - back].series)
    }
}
