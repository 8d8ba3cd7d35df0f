import HTTPAPI
import Logging
import Model
import RemoteProtocols
import Runtime
import Synchronization
import TSDB

/// Remote writes from others, from when the server listens; they are taken as soon as the data folder is open.
final class RemoteWriteWork: WriteReceiving {
    /// Of what is refused no more is told than once in so many nanoseconds.
    private static let tellingPause: Int64 = 60_000_000_000
    private static let notYet = WriteAnswer(status: 503, text: "the data folder is being opened", retryAfter: 5)

    private let receiver = Mutex<WriteReceiver?>(nil)
    private let metrics: WriteMetrics
    private let clock: any Clock
    private let logger: Logger
    private let told = Mutex<Int64?>(nil)
    private let ingestsStarts: Bool

    init(_ registry: MetricsRegistry, ingestsStarts: Bool, _ clock: any Clock, _ logger: Logger) {
        self.ingestsStarts = ingestsStarts
        metrics = WriteMetrics(registry)
        self.clock = clock
        self.logger = logger
    }

    func isOpen(_ head: Head) { receiver.withLock { $0 = WriteReceiver(head, metrics, ingestsStarts: ingestsStarts) } }

    func receive(_ body: WriteBody) async -> WriteAnswer {
        guard let receiver = receiver.withLock({ $0 }) else { return Self.notYet }
        let result = await receiver.receive(body.bytes, contentType: body.contentType, encoding: body.encoding)
        if !result.text.isEmpty { tell(result) }
        return WriteAnswer(
            status: result.status, text: result.text, written: result.written.map { ($0.samples, $0.histograms, $0.exemplars) },
            retryAfter: result.retryAfter)
    }

    private func tell(_ result: WriteResult) {
        let now = clock.monotonic()
        let isToTell = told.withLock { told in
            guard told.map({ now - $0 >= Self.tellingPause }) ?? true else { return false }
            told = now
            return true
        }
        guard isToTell else { return }
        logger.warning(
            "a remote write was not stored whole; others are not told of for a minute",
            metadata: ["status": "\(result.status)", "err": "\(result.text)"])
    }
}
