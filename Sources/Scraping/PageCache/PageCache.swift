import Exposition
import Model
import TSDB

/// A target's last good page: its lines in order, each as a fingerprint with the series it stands for.
///
/// Almost every page repeats the lines of the one before in the same order, so line *i* of a new page is first compared with line *i* of the
/// stored one, then with its neighbours, then looked up, and only then parsed, relabelled and made a new series. In the steady state nothing is parsed
/// but numbers, and nothing is allocated; where some lines have moved, come or gone, the others cost a little more, and the memory that the page
/// before took is used again. The bytes of the lines are not kept, see ``Fingerprint``.
///
/// A page is read between ``begin(_:trusting:)`` and either ``commit()`` or ``abort()``; until then the stored page stays as it is. One loop at a time.
struct PageCache {
    /// After so many pages that were like the one before, what is only of use for other ones is given back.
    static let quietPages = 8
    /// How far ahead a line is looked for before it is looked up.
    static let reach = 4

    /// The stored page.
    var slots: [PageSlot] = []
    /// The series of the stored page and of the one being read; the numbers in `free` are none.
    var series: [CachedSeries] = []
    var free: [UInt32] = []
    /// Those that only the page being read has.
    var added: [UInt32] = []
    /// Counts the pages read, good or bad.
    var page: UInt32 = 0
    var index: SeriesIndex?
    /// That of the stored page, as all that begins with `stored`.
    var storedFormat: PageFormat?
    var storedComments: UInt64 = 0
    /// How many pages in a row had the lines of the one before.
    var unchanged = 0
    /// The series for which the head has no room.
    var overrun = OverrunNames()
    /// Refused series are passed over; if not, they are asked for again.
    var passing = CachedSeries.PassedOver.droppedAndRefused
    /// Two keys may be one series. Never taken back.
    var hasAliases = false

    var format = PageFormat.text
    /// Where the page being read is in the stored one.
    var position = 0
    /// Where else it may go on: a part of the page has moved here from there, or from here to there.
    var other = 0
    /// The series seen on this page carry its number; off until the first line that is not as it was.
    var marking = false
    /// The page being read has other lines than the stored one: those read so far are in `fresh`, the others have the lines of the stored page.
    var isRebuilding = false
    var fresh: [PageSlot] = []
    /// What follows from the fingerprints of all comments of the page, in their order.
    var comments: UInt64 = 0
    /// Lines may be taken without a look at their labels.
    var trusting = true
    /// Between ``begin(_:trusting:)`` and what ends the page.
    var isReading = false
    /// The last page was given up in the middle.
    var isBroken = false
    /// The last TYPE line of the page being read.
    var typeLine: Range<Int>?

    /// A line of the page being read.
    struct Place {
        /// The number of its series.
        let series: Int
        /// The page had the key already.
        let isRepeat: Bool
    }

    /// How many series the stored page has.
    var stored: Int { series.count - free.count - added.count }

    /// Starts reading a page. Without trust in the references every series is asked for by its labels.
    mutating func begin(_ format: PageFormat, trusting: Bool) {
        page &+= 1
        position = 0
        other = 0
        marking = false
        comments = 0
        typeLine = nil
        isReading = true
        isBroken = false
        self.format = format
        // The formats differ in what they allow between the parts of a line.
        self.trusting = trusting && storedFormat == format
    }

    // MARK: The steady state

    /// Takes as many lines as are what they were on the stored page, and adds their samples to the batch.
    mutating func takeKnownLines(_ cursor: inout ExpositionCursor, into sink: inout PageSink) {
        guard trusting else { return }
        let first = position
        var at = first
        var sum = comments
        var type = typeLine
        let page = page
        let time = sink.time
        let passing = passing
        let fingerprints = Fingerprint.shared
        slots.withUnsafeBufferPointer { slots in
            series.withUnsafeBufferPointer { series in
                lines: while at < slots.count {
                    let slot = slots[at]
                    let start = cursor.position
                    if slot.isComment {
                        guard cursor.take(count: slot.count, slot.fingerprint, fingerprints) else { break }
                        sum = Self.following(sum, slot.fingerprint)
                        if slot.isType { type = start..<cursor.position }
                        at &+= 1
                        continue
                    }
                    let known = series[Int(slot.series)]
                    guard slot.isSeries, known.seen != page, known.reference != nil || known.isPassedOver(passing) else { break }
                    switch cursor.takeValue(keyCount: slot.count, slot.fingerprint, fingerprints) {
                    case .plain(let value):
                        if known.isTracked, let reference = known.reference {
                            sink.tally.kept &+= 1
                            sink.batch.add(reference, time, value)
                        } else if let told = known.start, told == sink.start(value) {
                            at &+= 1
                            continue lines
                        } else if known.start == nil, known.isPassedOver(passing) {
                            if known.isRefused { sink.passOver() }
                        } else {
                            cursor.move(to: start)
                            break lines
                        }
                    case .more(let value, let rest):
                        guard let line = cursor.takeMore(value, keyCount: slot.count, at: rest) else { break lines }
                        if let reference = known.reference, known.isTracked == sink.tracks(line) {
                            sink.tally.kept &+= 1
                            sink.add(line, of: reference, cursor)
                        } else if known.start == nil, known.isPassedOver(passing) {
                            if known.isRefused { sink.passOver() }
                        } else {
                            cursor.move(to: start)
                            break lines
                        }
                    case .no: break lines
                    }
                    sink.tally.scraped &+= 1
                    at &+= 1
                }
            }
        }
        position = at
        comments = sum
        typeLine = type
        if marking { pass(first..<at) }
    }

    static func following(_ comments: UInt64, _ fingerprint: UInt64) -> UInt64 { comments &* 0x9e37_79b9_7f4a_7c15 &+ fingerprint }

    /// Call when the last line was read: what the stored page had beyond is gone.
    mutating func end() {
        if position < slots.count { startRebuilding() }
    }

    /// Whether the page being read, at its end, has other comments than the stored one.
    var commentsChanged: Bool { comments != storedComments || format != storedFormat }

    /// The lines of the page being read, at its end.
    var lines: [PageSlot] { isRebuilding ? fresh : slots }

    // MARK: What is known of the page so far

    /// Whether the page being read had the series already.
    func isSeen(_ number: Int) -> Bool { series[number].seen == page }

    /// The line of a series in its page.
    func slot(of number: Int) -> PageSlot {
        let line = series[number].line
        return isRebuilding && isSeen(number) ? fresh[line] : slots[line]
    }

    /// Notes from now on which series the page has.
    mutating func startMarking() {
        guard !marking else { return }
        marking = true
        pass(0..<position)
    }

    /// Takes over lines of the stored page that are as they were.
    mutating func pass(_ range: Range<Int>) {
        let ahead = isRebuilding ? fresh.count - range.lowerBound : 0
        let page = page
        let slots = slots
        slots.withUnsafeBufferPointer { slots in
            series.withUnsafeMutableBufferPointer { series in
                for at in range where slots[at].isSeries { series[Int(slots[at].series)].pass(page, line: at &+ ahead) }
            }
        }
        if isRebuilding { fresh.append(contentsOf: slots[range]) }
    }

    /// Starts a new list of lines with those that were as before.
    mutating func startRebuilding() {
        startMarking()
        guard !isRebuilding else { return }
        isRebuilding = true
        fresh.reserveCapacity(slots.count)
        fresh.append(contentsOf: slots[..<position])
    }
}
