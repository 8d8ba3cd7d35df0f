/// Why a request could not be made; no secret is in it.
public struct WebError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
