import Glibc
import PromQL
import TestKit

/// Feeds the parser with made, damaged and huge queries and checks what must hold for any text: it is read or refused within a second, a
/// fault has its place in the text, and what is printed is read as the same again.
public struct ParserFuzz {
    /// What went wrong, with the query that did it.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public private(set) var accepted = 0
    public private(set) var refused = 0
    /// The kinds of errors met, without what they quote: a measure of how much of the parser was reached.
    public private(set) var faults: Set<String> = []
    public private(set) var slowestMilliseconds = 0.0

    private let seed: UInt64
    private var number: UInt64 = 0
    /// Queries worth damaging: those read, and the first of each kind of error.
    private var corpus: [[UInt8]] = [
        Array("sum by (bot) (rate(updates_total{chat=~\"a.*\"}[5m] offset 1h)) / on (bot) group_left bots @ start()".utf8)
    ]
    private static let corpusLimit = 4000
    /// A second; a debug build takes up to twenty times as long.
    #if DEBUG
        private static let millisecondLimit = 20_000.0
    #else
        private static let millisecondLimit = 1000.0
    #endif

    public init(seed: UInt64) { self.seed = seed }

    /// Makes the next query; each follows from the seed and those before it.
    public mutating func next() -> String {
        number += 1
        var random = SeededRandom(seed &+ number)
        let kind = random.below(1000)
        if kind == 0 { return HugeQuery.make(random.below(HugeQuery.kinds), count: 1 << random.below(18)) }
        if kind < 150 {
            var maker = ExpressionMaker(random)
            return maker.expression(depth: 1 + Int(number % 5)).description
        }
        let (query, other) = (corpus[random.below(corpus.count)], corpus[random.below(corpus.count)])
        var mutator = ByteMutator(random, words: QueryWords.all)
        return String(decoding: mutator.mutated(query, with: other), as: UTF8.self)
    }

    public mutating func check(_ query: String) throws(Failure) {
        let start = Self.now()
        let options: PromQLOptions = number.isMultiple(of: 4) ? .standard : .everything
        do {
            let expr = try PromQLParser.parse(query, options: options)
            accepted += 1
            keep(query)
            try Self.checkPrinted(expr, options)
        } catch let error as ParseError {
            refused += 1
            try Self.checkPlace(error, in: query)
            if faults.insert(Self.kind(of: error)).inserted { keep(query) }
        } catch {
            throw Failure(description: "\(error) for \(query.debugDescription)")
        }
        let milliseconds = Self.now() - start
        slowestMilliseconds = max(slowestMilliseconds, milliseconds)
        if milliseconds > Self.millisecondLimit { throw Failure(description: "took \(milliseconds) ms: \(query.debugDescription.prefix(1000))") }
    }

    private mutating func keep(_ query: String) {
        guard query.utf8.count < 300 else { return }
        let bytes = Array(query.utf8)
        if corpus.count < Self.corpusLimit { corpus.append(bytes) } else { corpus[Int(number % UInt64(Self.corpusLimit))] = bytes }
    }

    // MARK: What must hold

    private static func checkPrinted(_ expr: Expr, _ options: PromQLOptions) throws(Failure) {
        let printed = expr.description
        let again: Expr
        do {
            again = try PromQLParser.parse(printed, options: options)
        } catch {
            // Ranges below a millisecond have no printed form of their own.
            if error.message == "duration must be greater than 0", printed.contains("0s") { return }
            throw Failure(description: "the printed form is refused: \(error): \(printed)")
        }
        if again != expr { throw Failure(description: "printed as \(printed), that is read as another expression") }
        if again.description != printed { throw Failure(description: "\(printed) prints as \(again)") }
    }

    private static func checkPlace(_ error: ParseError, in query: String) throws(Failure) {
        let range = error.range
        guard 0 <= range.start, range.start <= range.end, range.end <= query.utf8.count else {
            throw Failure(description: "\(range) is no place in \(query.debugDescription)")
        }
        guard error.place == (query.isEmpty ? "unknown position" : range.place(in: query)), !error.message.isEmpty else {
            throw Failure(description: "\(error) is not about \(query.debugDescription)")
        }
    }

    /// The message without what it quotes and counts.
    private static func kind(of error: ParseError) -> String {
        var isQuoted = false
        return String(
            error.message.prefix(200).filter { character in
                if character == "\"" || character == "'" { isQuoted.toggle() }
                return !isQuoted && !character.isNumber
            })
    }

    /// The thread's own time: a busy machine must not look like a slow parser.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1e6
    }
}
