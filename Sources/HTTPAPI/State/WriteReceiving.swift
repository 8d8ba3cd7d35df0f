/// What takes the samples that other servers send by remote write.
public protocol WriteReceiving: Sendable {
    /// Stores what a request brings; never throws, for what goes wrong is part of the answer. Called on an event loop, so it works elsewhere.
    func receive(_ body: WriteBody) async -> WriteAnswer
}

/// A request to write, as it came.
public struct WriteBody: Sendable {
    public let bytes: [UInt8]
    /// As the headers say; nil without them.
    public let contentType: String?
    public let encoding: String?

    public init(bytes: [UInt8], contentType: String?, encoding: String?) {
        self.bytes = bytes
        self.contentType = contentType
        self.encoding = encoding
    }
}

/// What it is answered.
public struct WriteAnswer: Sendable {
    public var status: Int
    /// Empty for success.
    public var text: String
    /// What is stored of it, for senders that ask: samples, histograms, exemplars.
    public var written: (samples: Int, histograms: Int, exemplars: Int)?
    /// Seconds after which the same request may do.
    public var retryAfter: Int?

    public init(status: Int, text: String = "", written: (samples: Int, histograms: Int, exemplars: Int)? = nil, retryAfter: Int? = nil) {
        self.status = status
        self.text = text
        self.written = written
        self.retryAfter = retryAfter
    }
}
