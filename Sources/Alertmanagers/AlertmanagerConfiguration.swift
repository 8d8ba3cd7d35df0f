public import ClientConfiguration
public import Scraping

/// One entry of `alertmanagers`: receivers that are found and spoken to in the same way.
public struct AlertmanagerConfiguration: Sendable, Hashable {
    public var scheme = "http"
    public var pathPrefix = ""
    /// Milliseconds for one sending.
    public var timeout: Int64 = 10_000
    public var client = HTTPClientConfiguration()
    public var discovery: DiscoverySection
    /// Applied to what discovery has found.
    public var relabelling: [RelabelRule] = []
    /// Applied to the alerts that go to these receivers.
    public var alertRelabelling: [RelabelRule] = []

    public init(discovery: DiscoverySection) { self.discovery = discovery }
}
