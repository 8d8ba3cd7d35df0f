import Model
import Runtime
import Scraping
import Synchronization

/// The pages of one moment after the other, written by other threads ahead of whoever stores them.
final class PagesAhead {
    /// Some moments in a row, and their pages once they are there.
    private final class Batch: Sendable {
        let times: [Timestamp]
        private let written = Mutex<[[PageBuffer?]]>([])
        private let isReady = Semaphore()

        init(_ times: [Timestamp]) { self.times = times }

        func put(_ pages: [[PageBuffer?]]) {
            written.withLock { $0 = pages }
            isReady.signal()
        }

        func take() -> [[PageBuffer?]] {
            isReady.wait()
            return written.withLock { $0 }
        }
    }

    private static let batchSize = 16
    private static let batchesAhead = 8
    private let pages: [DemoPage]
    private let seed: UInt64
    private let playbook: Playbook
    private let workers: WorkerPool
    private var waiting: [Batch] = []

    init(_ pages: [DemoPage], seed: UInt64, playbook: Playbook, workers: WorkerPool) {
        self.pages = pages
        self.seed = seed
        self.playbook = playbook
        self.workers = workers
    }

    /// Calls `use` with each time and its pages, in the order of time; a page that does not answer is nil.
    func each(_ times: some Sequence<Timestamp>, _ use: (Timestamp, [PageBuffer?]) throws -> Void) throws {
        var batch: [Timestamp] = []
        for time in times {
            batch.append(time)
            guard batch.count == Self.batchSize else { continue }
            begin(batch)
            batch = []
            if waiting.count > Self.batchesAhead { try finishFirst(use) }
        }
        begin(batch)
        while !waiting.isEmpty { try finishFirst(use) }
    }

    private func begin(_ times: [Timestamp]) {
        let batch = Batch(times)
        waiting.append(batch)
        workers.submit { [pages, seed, playbook] in
            batch.put(times.map { time in pages.map { $0.scraped(seed: seed, at: Double(time) / 1000, playbook) } })
        }
    }

    private func finishFirst(_ use: (Timestamp, [PageBuffer?]) throws -> Void) throws {
        let batch = waiting.removeFirst()
        for (time, pages) in zip(batch.times, batch.take()) { try use(time, pages) }
    }
}

extension DemoPage {
    fileprivate func scraped(seed: UInt64, at seconds: Double, _ playbook: Playbook) -> PageBuffer? {
        guard answers(at: seconds, playbook: playbook) else { return nil }
        var text = text(seed: seed, at: seconds, playbook: playbook)
        return text.withUTF8 { bytes in
            let page = PageBuffer(capacity: bytes.count)
            page.append(UnsafeRawBufferPointer(bytes))
            return page
        }
    }
}
