import Synchronization

@testable import Scraping

/// Answers what a test wants, without a network.
final class FakeDiscoveryClient: DiscoveryClient {
    private let asked = Mutex<[DiscoveryRequest]>([])
    private let answer: @Sendable (DiscoveryRequest) throws -> DiscoveryAnswer

    init(_ answer: @escaping @Sendable (DiscoveryRequest) throws -> DiscoveryAnswer) { self.answer = answer }

    var requests: [DiscoveryRequest] { asked.withLock { $0 } }

    func get(_ request: DiscoveryRequest) async throws -> DiscoveryAnswer {
        asked.withLock { $0.append(request) }
        return try answer(request)
    }
}
