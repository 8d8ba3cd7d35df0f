import Scraping
import TestKit

/// Feeds made and damaged responses to their reader, in pieces. Made ones must give the body they were made of; any bytes must give the same answer
/// however they are cut, or be refused however they are cut.
public struct LeanHTTPFuzz {
    /// What went wrong.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public private(set) var read = 0
    public private(set) var refused = 0
    /// The kinds of errors met: a measure of how much was reached.
    public private(set) var faults: Set<String> = []

    private static let limit = 4000
    private static let corpusLimit = 2000
    private var random: SeededRandom
    private var mutator: ByteMutator
    private var corpus: [[UInt8]] = []

    public init(seed: UInt64) {
        random = SeededRandom(seed)
        let words = [
            "\r\n", "\n", "\r", "\r\n\r\n", " ", ":", ";", "0", "0\r\n\r\n", "ffffffffffffffff", "7fffffffffffffff", "-1", "Content-Length: 5\r\n",
            "Content-Length: 18446744073709551616\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.0 200 OK\r\n", "HTTP/2 200\r\n", "HTTP/1.1 204\r\n", "HTTP/1.1 302 Found\r\n", "\r\n folded",
            "Connection: close\r\n", "Content-Encoding: gzip\r\n", String(repeating: "a", count: 1100), String(repeating: "A: b\r\n", count: 2000),
            String(repeating: "x", count: 70_000), "\0",
        ]
        mutator = ByteMutator(SeededRandom(seed ^ 0x5bd1_e995), words: words.map { Array($0.utf8) })
    }

    /// The next case: made, or damaged, in which case nobody knows its body.
    public mutating func next() -> (bytes: [UInt8], body: [UInt8]?) {
        guard corpus.count > 20, random.below(4) > 0 else {
            var maker = ResponseMaker(&random)
            let (bytes, body) = maker.response()
            if corpus.count < Self.corpusLimit { corpus.append(bytes) }
            return (bytes, body)
        }
        let (one, other) = (corpus[random.below(corpus.count)], corpus[random.below(corpus.count)])
        return (mutator.mutated(one, with: other), nil)
    }

    public mutating func check(_ bytes: [UInt8], _ body: [UInt8]?) throws {
        let outcome = Self.outcome([bytes])
        for pieces in [cut(bytes), cut(bytes), bytes.count > 3000 ? cut(bytes) : bytes.map { [$0] }] {
            guard Self.isSame(outcome, Self.outcome(pieces)) else { throw Failure(description: "cut in \(pieces.count) pieces it is read otherwise") }
        }
        switch outcome {
        case .success(let found):
            read += 1
            if let body, found.status != 200 || found.body != body { throw Failure(description: "\(body) was read as \(found)") }
        case .failure(let error):
            refused += 1
            if let body, body.count < Self.limit { throw Failure(description: "a sound response was refused: \(error)") }
            if faults.insert(error.description).inserted, corpus.count < Self.corpusLimit { corpus.append(bytes) }
        }
    }

    private mutating func cut(_ bytes: [UInt8]) -> [[UInt8]] {
        var places = (0..<random.below(8)).map { _ in random.below(bytes.count + 1) } + [0, bytes.count]
        places.sort()
        return zip(places, places.dropFirst()).map { Array(bytes[$0..<$1]) }
    }

    private static func outcome(_ pieces: [[UInt8]]) -> Result<(status: Int, body: [UInt8]), ScrapeError> {
        do { return .success(try LeanReply.read(pieces, limit: limit)) } catch { return .failure(error) }
    }

    private static func isSame(
        _ one: Result<(status: Int, body: [UInt8]), ScrapeError>, _ other: Result<(status: Int, body: [UInt8]), ScrapeError>
    ) -> Bool {
        switch (one, other) {
        case (.success(let one), .success(let other)): one == other
        case (.failure, .failure): true
        default: false
        }
    }
}
