import Model
import Scraping
import TestKit

/// Feeds made and damaged answers of HTTP services and Docker daemons to their readers. Made ones must give what they were made of; for any bytes
/// there must be groups or an error with the source's name, the same ones each time, and groups that are written again must be read as the same.
public struct DiscoveryFuzz {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public struct Input: Sendable {
        let source: PolledConfiguration
        let answers: [[UInt8]]
        /// Nil: nobody knows.
        let groups: [TargetGroup]?
        let isMade: Bool

        /// All of it, a line for each answer.
        public var bytes: [UInt8] { Array(answers.joined(separator: [0x0a])) }
    }

    public private(set) var read = 0
    public private(set) var refused = 0

    private let seed: UInt64
    private var number: UInt64 = 0
    /// Answers of services, of daemons about containers, and about networks.
    private var corpora: [[[UInt8]]] = [[], [], []]
    private static let corpusLimit = 500
    private static let url = "http://inventory/targets"
    private static let words = [
        "{", "}", "[", "]", ",", ":", "\"", "null", "\"targets\"", "\"labels\"", "\\u0000", "\\ud800", "1e9", "65536", "-1", "\"Networks\"",
        "\"NetworkMode\": \"container:c0\"", "true", "{\"Id\":\"c0\",\"Names\":[\"/a\"]}",
    ].map { Array($0.utf8) }

    private let http: HTTPDiscoveryConfiguration
    private let docker: DockerDiscoveryConfiguration

    public init(seed: UInt64) {
        guard let http = HTTPDiscoveryConfiguration(url: Self.url), let docker = DockerDiscoveryConfiguration(host: "unix:///s") else {
            preconditionFailure("BUG: the addresses are none")
        }
        (self.seed, self.http, self.docker) = (seed, http, docker)
    }

    /// The next input; each follows from the seed and those before it.
    public mutating func next() -> Input {
        number += 1
        var random = SeededRandom(seed &+ number)
        var maker = AnswerMaker(&random)
        let isHTTP = number % 2 == 0
        let isMade = corpora.contains { $0.count < 10 } || random.below(4) == 0
        var docker = docker
        docker.matchFirstNetwork = random.below(2) == 0
        let source = isHTTP ? PolledConfiguration.http(http) : .docker(docker)
        if isMade {
            let (answers, groups) = isHTTP ? maker.service(Self.url) : (maker.daemon(), nil)
            for (at, answer) in answers.enumerated() where corpora[isHTTP ? 0 : 1 + at].count < Self.corpusLimit {
                corpora[isHTTP ? 0 : 1 + at].append(answer)
            }
            return Input(source: source, answers: answers, groups: groups, isMade: true)
        }
        let answers = (isHTTP ? [0] : [1, 2]).map { corpus in damaged(corpora[corpus], &random) }
        return Input(source: source, answers: answers, groups: nil, isMade: false)
    }

    private func damaged(_ corpus: [[UInt8]], _ random: inout SeededRandom) -> [UInt8] {
        var mutator = ByteMutator(SeededRandom(random.next()), words: Self.words)
        return mutator.mutated(corpus[random.below(corpus.count)], with: corpus[random.below(corpus.count)])
    }

    public mutating func check(_ input: Input) throws {
        let outcome = Self.outcome(input)
        guard outcome == Self.outcome(input) else { throw Failure(description: "the same answers are read in two ways") }
        switch outcome {
        case .success(let groups):
            read += 1
            if let known = input.groups, known != groups { throw Failure(description: "\(known) were read as \(groups)") }
            guard groups.allSatisfy({ $0.targets.allSatisfy { $0.count < 5000 } }) else { throw Failure(description: "a target of too many labels") }
            if case .http = input.source { try checkAgain(groups) }
        case .failure(let error):
            refused += 1
            if input.isMade { throw Failure(description: "a sound answer was refused: \(error)") }
        }
    }

    private func checkAgain(_ groups: [TargetGroup]) throws {
        let written = AnswerMaker.written(groups, without: HTTPDiscovery.urlLabel)
        guard (try? HTTPDiscovery.groups(in: written, from: Self.url)) == groups else {
            throw Failure(description: "\(String(decoding: written, as: UTF8.self)) is read as something else")
        }
    }

    private static func outcome(_ input: Input) -> Result<[TargetGroup], DiscoveryError> {
        do { return .success(try input.source.groups(from: input.answers)) } catch { return .failure(error) }
    }
}
