import Synchronization

@testable import Scraping

/// Targets that say what a test wants them to say.
final class FakeTransport: ScrapeTransport {
    enum Answer: Sendable {
        case page(String)
        case failure(ScrapeError)
        /// Nothing, until the test releases it.
        case held
    }

    struct Request: Sendable, Equatable {
        let url: String
        let accept: String
        let timeout: Int64
        let bodySizeLimit: Int64
        let acceptsGzip: Bool
    }

    private struct State {
        var answers: [String: Answer] = [:]
        var other = Answer.page("")
        var requests: [Request] = []
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// What the target of this URL answers from now on; without a URL, all those of which nothing else was said.
    func answer(_ answer: Answer, for url: String? = nil) {
        state.withLock { if let url { $0.answers[url] = answer } else { $0.other = answer } }
    }

    var requests: [Request] { state.withLock { $0.requests } }
    var held: Int { state.withLock { $0.held.count } }

    func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for one in held { one.resume() }
    }

    func fetch(_ request: ScrapeRequest) async throws -> ScrapedPage {
        let answer = state.withLock { state in
            state.requests.append(
                Request(
                    url: request.url, accept: request.accept, timeout: request.timeout, bodySizeLimit: request.bodySizeLimit,
                    acceptsGzip: request.acceptsGzip))
            return state.answers[request.url] ?? state.other
        }
        switch answer {
        case .page(let text): request.buffer.append(text.utf8)
        case .failure(let error): throw error
        case .held: await withCheckedContinuation { continuation in state.withLock { $0.held.append(continuation) } }
        }
        return ScrapedPage(body: request.buffer, contentType: "text/plain; version=0.0.4")
    }
}
