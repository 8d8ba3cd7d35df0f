import ClientConfiguration

/// Fetches pages.
public protocol ScrapeTransport: Sendable {
    /// Fetches one page whole into the request's buffer, unpacked.
    ///
    /// Throws a ``ScrapeError`` (no secret in it) if the page cannot be had, is not whole, is beyond the limit, or takes too long.
    func fetch(_ request: ScrapeRequest) async throws -> ScrapedPage

    /// What a loop on a reactor (nil: on none) fetches its target's pages through, always with the same request but for the buffer.
    func source(on reactor: ScrapeReactor?) -> any ScrapeTransport
}

extension ScrapeTransport {
    /// The transport itself: it keeps nothing for a target.
    public func source(on reactor: ScrapeReactor?) -> any ScrapeTransport { self }
}

/// What a transport needs to know.
public struct ScrapeRequest: Sendable {
    /// Pages of more bytes are never taken, whatever a job says: so that places in a page fit what is kept of them.
    public static let mostBytes: Int64 = (512 << 20) - 1

    public let url: String
    /// The `Accept` header.
    public let accept: String
    /// Milliseconds for everything.
    public let timeout: Int64
    /// Bytes of the unpacked page; a page of so many or more is refused. 0: 256 MiB. More than 512 MiB are never taken.
    public let bodySizeLimit: Int64
    public let acceptsGzip: Bool
    public let client: HTTPClientConfiguration
    public let buffer: PageBuffer

    public init(
        url: String, accept: String, timeout: Int64, bodySizeLimit: Int64 = 0, acceptsGzip: Bool = true,
        client: HTTPClientConfiguration = HTTPClientConfiguration(), buffer: PageBuffer = PageBuffer()
    ) {
        self.url = url
        self.accept = accept
        self.timeout = timeout
        self.bodySizeLimit = bodySizeLimit
        self.acceptsGzip = acceptsGzip
        self.client = client
        self.buffer = buffer
    }
}

/// A page as the target gave it.
public struct ScrapedPage: Sendable {
    public let body: PageBuffer
    public let contentType: String?
    /// Bytes of the page as it came, if it was packed.
    public let packedSize: Int?

    public init(body: PageBuffer, contentType: String?, packedSize: Int? = nil) {
        self.body = body
        self.contentType = contentType
        self.packedSize = packedSize
    }

    /// The same page in memory of its own, no more than it needs.
    var copy: ScrapedPage {
        let copy = PageBuffer(capacity: body.count)
        body.withUnsafeBytes { copy.append($0) }
        return ScrapedPage(body: copy, contentType: contentType, packedSize: packedSize)
    }
}
