public import ClientConfiguration

/// What sources of targets are asked through.
public protocol DiscoveryClient: Sendable {
    /// The whole answer, whatever its status. Throws a ``DiscoveryError`` without secrets, or that the task was cancelled.
    func get(_ request: DiscoveryRequest) async throws -> DiscoveryAnswer
}

/// One request to a source of targets.
public struct DiscoveryRequest: Sendable {
    public var url: String
    /// How errors call what is asked: without passwords.
    public var name: String
    public var headers: [(name: String, value: String)]
    public var client: HTTPClientConfiguration
    /// Milliseconds for all of it.
    public var timeout: Int64

    public init(
        url: String, name: String, headers: [(name: String, value: String)] = [], client: HTTPClientConfiguration = HTTPClientConfiguration(),
        timeout: Int64
    ) {
        self.url = url
        self.name = name
        self.headers = headers
        self.client = client
        self.timeout = timeout
    }
}

/// What a source answered.
public struct DiscoveryAnswer: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, in any case of letters.
    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
}

/// Why a source of targets cannot be used; no secret is in it.
public struct DiscoveryError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
