import ClientConfiguration
import Runtime

@testable import Scraping

/// The lean way for tests, on threads that all of them share.
enum LeanPages {
    static let reactors = ScrapeReactors(threads: 2)
    static let workers = WorkerPool(name: "test", threads: 2, queueLimit: 10_000)

    static let lookup = NameLookup()
    static let http = HTTPTransport(userAgent: "Martlet/test") { _ in [] }

    static func request(
        _ url: String, timeout: Int64 = 50_000, limit: Int64 = 0, memory: PageMemory? = nil,
        _ change: (inout HTTPClientConfiguration) -> Void = { _ in }
    ) -> ScrapeRequest {
        var client = HTTPClientConfiguration()
        change(&client)
        return ScrapeRequest(
            url: url, accept: "text/plain", timeout: timeout, bodySizeLimit: limit, client: client, buffer: PageBuffer(memory: memory))
    }
}

/// One target of the lean way, with its connection.
struct LeanTarget: Sendable {
    private let source: any ScrapeTransport
    private let request: ScrapeRequest

    init(_ request: ScrapeRequest, on reactor: ScrapeReactor = LeanPages.reactors.next(), lookup: NameLookup = LeanPages.lookup) {
        self.request = request
        source = RoutedTransport(LeanPages.http, reactors: LeanPages.reactors, workers: LeanPages.workers, lookup: lookup).source(on: reactor)
    }

    /// The next page as text, or the error.
    func page() async -> String {
        do {
            let page = try await source.fetch(request)
            return page.body.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        } catch {
            return "error: \(error)"
        }
    }
}
