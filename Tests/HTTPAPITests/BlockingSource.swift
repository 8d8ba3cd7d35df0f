import Model
import Runtime
import Synchronization
import TSDB

/// Three series; the reading of each begins only when the test lets it.
final class BlockingSource: SeriesSource, Sendable {
    private let (begun, note) = AsyncStream.makeStream(of: Void.self)
    private let permission = Semaphore()
    private let count = Mutex(0)
    private let last = Mutex<Int?>(nil)
    private let isOpen: Bool

    /// - Parameter isOpen: nothing is waited for.
    init(isOpen: Bool = false) { self.isOpen = isOpen }

    /// How many series were read, or begun to be.
    var readings: Int { count.withLock { $0 } }

    /// Which series was read last, or begun to be.
    var lastReading: Int? { last.withLock { $0 } }

    /// Returns once another series has begun to be read.
    func reading() async { for await _ in begun { return } }

    /// Lets one series be read.
    func letOneThrough() { permission.signal() }

    fileprivate func read(_ series: Int) {
        last.withLock { $0 = series }
        count.withLock { $0 += 1 }
        note.yield()
        if !isOpen { permission.wait() }
    }

    func select(_ selection: Selection) throws -> any SeriesSet { BlockingSet(source: self) }
    func labelNames(_ selection: Selection) throws -> [String] { [] }
    func labelValues(_ name: String, _ selection: Selection) throws -> [String] { [] }
    func exemplars(_ selectors: [[Matcher]], from: Timestamp, through: Timestamp) throws -> [SeriesExemplars] { [] }
}

private final class BlockingSet: SeriesSet {
    private let source: BlockingSource
    init(source: BlockingSource) { self.source = source }

    var count: Int { 3 }
    func labels(_ index: Int) -> Labels { Labels([(name: "__name__", value: "slow"), (name: "n", value: "\(index)")]) }

    func read(_ index: Int, from: Timestamp, through: Timestamp, into column: SampleColumn) throws {
        source.read(index)
        column.append(through, Double(index))
    }

    func readHistograms(_ index: Int, from: Timestamp, through: Timestamp, into column: HistogramColumn) throws {}
}
