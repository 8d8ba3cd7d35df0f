import Scraping
import TestKit

/// Feeds made and damaged answers of name servers to their reader. Made ones must give the records they were made of; for any bytes there must be
/// records or an error, the same ones each time.
public struct DNSFuzz {
    /// What went wrong.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public private(set) var read = 0
    public private(set) var refused = 0
    /// The kinds of errors met: a measure of how much was reached.
    public private(set) var faults: Set<String> = []

    private var random: SeededRandom
    private var mutator: ByteMutator
    private var corpus: [[UInt8]] = []
    private static let corpusLimit = 2000

    public init(seed: UInt64) {
        random = SeededRandom(seed)
        // Pointers, lengths at the bounds, types and classes.
        let words: [[UInt8]] = [[0xc0, 0x0c], [0xc0, 0], [0xff, 0xff], [0x3f], [0x40], [0], [0, 1, 0, 1], [0, 33], [0, 28], [0, 0, 0, 0]]
        mutator = ByteMutator(SeededRandom(seed ^ 0x5bd1_e995), words: words)
    }

    /// The next case: made, or damaged, in which case nobody knows its records.
    public mutating func next() -> (type: DNSRecordType, bytes: [UInt8], records: [DNSRecord]?) {
        let type = DNSRecordType.allCases[random.below(DNSRecordType.allCases.count)]
        guard corpus.count > 20, random.below(4) > 0 else {
            var maker = DNSAnswerMaker(&random)
            let (bytes, records) = maker.answer(type)
            if corpus.count < Self.corpusLimit { corpus.append(bytes) }
            return (type, bytes, records)
        }
        let (one, other) = (corpus[random.below(corpus.count)], corpus[random.below(corpus.count)])
        return (type, mutator.mutated(one, with: other), nil)
    }

    public mutating func check(_ type: DNSRecordType, _ bytes: [UInt8], _ records: [DNSRecord]?) throws {
        let outcome = Self.outcome(type, bytes)
        guard outcome == Self.outcome(type, bytes) else { throw Failure(description: "the same bytes are read in two ways") }
        switch outcome {
        case .success(let found):
            read += 1
            if let records, records != found { throw Failure(description: "\(records) were read as \(found)") }
        case .failure(let error):
            refused += 1
            if records != nil { throw Failure(description: "a sound answer was refused: \(error)") }
            if faults.insert(error.description).inserted, corpus.count < Self.corpusLimit { corpus.append(bytes) }
        }
    }

    private static func outcome(_ type: DNSRecordType, _ bytes: [UInt8]) -> Result<[DNSRecord], DNSError> {
        do { return .success(try DNSMessage.records(type, in: bytes)) } catch { return .failure(error) }
    }
}
