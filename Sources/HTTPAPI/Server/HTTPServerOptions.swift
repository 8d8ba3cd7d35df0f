/// How the server listens and what it allows. Times are milliseconds.
public struct HTTPServerOptions: Sendable {
    public var host = "127.0.0.1"
    /// 0 takes any that is free.
    public var port = 9090
    /// Under which users reach the server, where that is not the address it listens on: `https://example.org/metrics/`.
    public var externalURL: String?
    /// The path before all routes, as `/prefix`; empty for none.
    public var routePrefix = ""
    /// A regular expression, matching whole origins, of those whose scripts may read answers. Nil: none.
    public var corsOrigin: String?
    /// Allows `/-/reload` and `/-/quit`.
    public var enableLifecycle = false
    /// Allows `admin/…`.
    public var enableAdminAPI = false
    /// The longest a query may take; a request may ask for less.
    public var queryTimeout: Int64 = 120_000
    /// Queries that run at the same time.
    public var maxConcurrency = 20
    /// Queries that wait for a free place; one more is refused.
    public var maxWaiting = 1000
    /// Bytes of a request's body.
    public var maxBodySize = 2 << 20
    /// The same of a remote write, compressed.
    public var maxWriteSize = 32 << 20
    /// Bytes of remote writes' bodies that may be in memory at the same time.
    public var maxWriteMemory = 64 << 20
    /// How long a remote write waits for room among them.
    public var writePatience: Int64 = 5_000
    /// How often it is looked whether a body that has room still comes, while others wait.
    public var writeLook: Int64 = 3_000

    public init() {}
}
