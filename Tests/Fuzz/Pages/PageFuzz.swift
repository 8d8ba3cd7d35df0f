import Exposition
import Model
import Scraping
import TSDB
import TestKit

/// Feeds the pages of a target that change, some of them damaged, to an ingester that remembers the last ones, to one that has never seen any, and to
/// a plain reader without a cache: they are stored alike, or not at all. Pages that are not damaged are stored as they were meant.
public struct PageFuzz {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public struct Page: Sendable {
        public let bytes: [UInt8]
        /// What it says, if it is whole.
        let meant: [PageMaker.Sample]?
        let time: Timestamp
    }

    public private(set) var stored = 0
    public private(set) var refused = 0
    public private(set) var compared = 0
    /// The kinds of errors met: a measure of how much was reached.
    public private(set) var faults: Set<String> = []

    /// Pages of one target, before another one begins.
    private static let lifetime = 150
    private static let words =
        [
            "\n", "\"", "\\", "{", "}", ",", "=", " ", "\t", "#", "# EOF\n", "# TYPE f0 gauge\n",
            "# HELP f1 x\n", "# UNIT f2 s\n", "f0 1\n", "f0{x=\"v1\"} 2\n",
            "NaN", "1e", "0x", "_", "1_0", " # {a=\"b\"} 1", "instance=\"i\",", "\u{FEFF}", "\0", "\r\n",
            "99999999999999999999", "-", "+Inf",
        ].map { Array($0.utf8) } + [[0xff], [0xc3], [0xed, 0xa0, 0x80]]

    private var random: SeededRandom
    private var life: PageLife
    private var pages = 0

    public init(seed: UInt64) {
        random = SeededRandom(seed)
        life = PageLife(&random)
    }

    /// The next page; each follows from the seed and those before it.
    public mutating func next() -> Page {
        life.maker.change(&random)
        pages += 1
        let time = PageLife.start + Timestamp(pages % Self.lifetime + 1) * 1000 + 123
        let (bytes, samples) = life.maker.page(at: time, &random)
        guard !life.hasBounds, random.below(2) == 0 else {
            return Page(bytes: bytes, meant: samples, time: time)
        }
        var mutator = ByteMutator(SeededRandom(random.next()), words: Self.words)
        return Page(bytes: mutator.mutated(bytes, with: bytes), meant: nil, time: time)
    }

    public mutating func check(_ page: Page) throws {
        let (report, plain) = try life.take(page)
        if let error = report.error {
            refused += 1
            faults.insert(String(error.description.drop { $0 != ":" }.prefix { $0 != "\"" }))
            if page.meant != nil { throw Failure(description: "a sound page was refused: \(error)") }
        } else {
            stored += 1
        }
        if let meant = page.meant, let plain { try life.checkMeaning(meant, plain) }
        guard pages % Self.lifetime == Self.lifetime - 1 else { return }
        compared += try life.checkEnd()
        life = PageLife(&random)
    }
}
