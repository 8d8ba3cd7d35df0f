import Runtime
public import TSDB

/// Takes samples that others send by remote write, versions 1.0 and 2.0, into the head.
///
/// What can be stored of a request is; the answer tells of the rest. Sending the same again does no harm, so that a sender which has not got its
/// answer repeats the request.
public final class WriteReceiver: Sendable {
    private let pool: WorkerPool
    private let lane: WriteLane
    private let metrics: WriteMetrics

    /// - Parameters:
    ///   - threads: on which requests are taken; decompressing goes on beside storing, which is one at a time.
    ///   - mostWaiting: requests; one more is told to come later.
    ///   - ingestsStarts: whether zeros are stored where samples of version 2 say that their series has started.
    ///   - batchLimit: samples, buckets and exemplars that become visible together, so that no request needs much more memory than its own bytes.
    public init(
        _ head: Head, _ metrics: WriteMetrics, threads: Int = 2, mostWaiting: Int = 64, ingestsStarts: Bool = false, batchLimit: Int = 1 << 17
    ) {
        pool = WorkerPool(name: "remote-write", threads: threads, queueLimit: mostWaiting)
        lane = WriteLane(head, batchLimit: batchLimit, ingestsStarts: ingestsStarts)
        self.metrics = metrics
    }

    /// Stores a request on a thread of the receiver's own.
    ///
    /// - Parameters:
    ///   - contentType: as the request's header says; nil without one.
    ///   - encoding: the same of the content encoding.
    public func receive(_ body: [UInt8], contentType: String?, encoding: String?) async -> WriteResult {
        do {
            return try await pool.run { [self] in store(body, contentType: contentType, encoding: encoding) }
        } catch {
            return WriteResult(.unavailable("\(error)"), of: try? WriteMessage(contentType: contentType))
        }
    }

    /// The same on the thread of the caller.
    public func store(_ body: [UInt8], contentType: String?, encoding: String?) -> WriteResult {
        var message: WriteMessage?
        do throws(WriteFault) {
            let kind = try WriteMessage(contentType: contentType)
            message = kind
            try WriteMessage.checkEncoding(encoding)
            metrics.count(bytes: body.count)
            let tally = try SnappyBlock.restored(body) { bytes throws(WriteFault) in try lane.store(bytes, kind) }
            metrics.count(tally)
            return WriteResult(tally, of: kind)
        } catch {
            return WriteResult(error, of: message)
        }
    }
}

/// What a sender is answered.
public struct WriteResult: Sendable, Equatable {
    /// What is stored of a request, whether it was before or not.
    public struct Written: Sendable, Equatable {
        public var samples = 0
        public var histograms = 0
        public var exemplars = 0

        public init() {}

        init(_ tally: WriteTally) { (samples, histograms, exemplars) = (tally.samples, tally.histograms, tally.exemplars) }
    }

    /// Of HTTP.
    public let status: Int
    /// What is wrong; empty if nothing is.
    public let text: String
    /// Nil for senders of version 1, which do not ask.
    public let written: Written?
    /// Seconds; nil unless the same request may do later.
    public let retryAfter: Int?

    init(_ tally: WriteTally, of message: WriteMessage) {
        text = tally.complaint
        status = text.isEmpty ? 204 : 400
        written = message == .version2 ? Written(tally) : nil
        retryAfter = nil
    }

    init(_ fault: WriteFault, of message: WriteMessage?) {
        text = fault.description
        written = message == .version2 ? Written() : nil
        switch fault {
        case .malformed: (status, retryAfter) = (400, nil)
        case .unsupported: (status, retryAfter) = (415, nil)
        case .unavailable: (status, retryAfter) = (503, 5)
        }
    }
}
