import Model
import ParserFuzz
import PromQL
import Runtime
import Testing

/// Whatever is nested or chained far too deeply is refused; what is just allowed fits the stack of the server's worker threads from the parser
/// to the last step of the evaluation.
@Suite("Deep and long queries")
struct DeepQueriesTests {
    /// Runs on a thread like those that queries are run on.
    private func onWorkerStack<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
        await withCheckedContinuation { continuation in startThread { continuation.resume(returning: body()) } }
    }

    /// The error, or nil.
    private func fault(_ query: String) async -> ParseError? {
        await onWorkerStack {
            do {
                _ = try PromQLParser.parse(query, options: .everything).description
                return nil
            } catch {
                return error as? ParseError
            }
        }
    }

    private static func many(_ text: String, _ count: Int = 100_000) -> String { String(repeating: text, count: count) }

    /// 100,000 times the opening, the core, and as often the closing.
    private static let endless: [(open: String, core: String, close: String, place: String)] = [
        ("(", "", "", "1:151"), ("(", "bots", ")", "1:151"), ("-", "bots", "", "1:151"), ("+-", "1", "", "1:151"), ("abs(", "", "", "1:601"),
        ("sum(", "", "", "1:601"), ("sum by (bot) (", "", "", "1:2101"), ("topk(1,", "", "", "1:1049"), ("2^", "2", "", "1:301"),
        ("1+(", "1", ")", "1:226"), ("", "1", "+1", "1:1202"), ("", "1", "\n+1", "602:1"), ("bots or ", "bots", "", "1:4806"),
        ("", "bots[1", "+1", "1:1206"),
    ]

    @Test("are refused where they get too deep", arguments: endless)
    func tooDeep(_ open: String, _ core: String, _ close: String, _ place: String) async {
        let error = await fault(Self.many(open) + core + Self.many(close))
        #expect(error?.description == "\(place): parse error: expression is nested too deeply")
    }

    @Test(
        "are refused within brackets and behind offset, too",
        arguments: [
            ("bots[", "(", "1:155"), ("bots[", "-", "1:155"), ("bots[", "min_of(1,", "1:1345"), ("bots offset ", "(", "1:163"),
            ("bots offset ", "-", "1:163"),
        ])
    func tooDeepDuration(_ start: String, _ open: String, _ place: String) async {
        let error = await fault(start + Self.many(open) + "5m")
        #expect(error?.description == "\(place): parse error: expression is nested too deeply")
    }

    @Test("of any other length are read or refused", arguments: 0..<HugeQuery.kinds)
    func huge(_ kind: Int) async {
        for count in [1, 100, 149, 152, 590, 610, 20_000] {
            let query = HugeQuery.make(kind, count: count)
            guard let error = await fault(query) else { continue }
            #expect(error.range.end <= query.utf8.count && !error.message.isEmpty)
        }
    }

    @Test("may hold a mebibyte of text")
    func longTexts() async throws {
        let text = Self.many("é\"", 1 << 18)
        let escaped = Self.many("é\\\"", 1 << 18)
        #expect(try PromQLParser.parse("\"\(escaped)\"") == .string(StringLiteral(text)))
        #expect(try PromQLParser.parse("bots{name=\"\(escaped)\"}").selections[0][0].value == text)
        #expect(try PromQLParser.parse(Self.many("b", 1 << 20)).type == .vector)
        #expect(try PromQLParser.parse("bots" + Self.many(" ", 1 << 20)).type == .vector)
        #expect(try PromQLParser.parse("bots #" + Self.many("(", 1 << 20)).type == .vector)
        #expect(await fault("\"" + escaped)?.message == "unterminated quoted string")
        #expect(await fault(Self.many("9", 1 << 20))?.message.hasSuffix("value out of range") == true)
        #expect(await fault("bots[" + Self.many("9", 1 << 20) + "d]")?.message.hasPrefix("not a valid duration string") == true)
        #expect(await fault("bots @ " + Self.many("9", 300))?.message.hasPrefix("timestamp out of bounds") == true)
    }

    @Test(
        "that are just allowed run to their end",
        arguments: [
            ("(", ")", 148), ("-", "", 148), ("abs(", ")", 148), ("sum(", ")", 148), ("topk(1,", ")", 148), ("vector(scalar(", "))", 74),
            ("sum_over_time(", "[5m:1m])", 148), ("", " + vector(1)", 597), ("", " or vector(1)", 597), ("1^", "", 148), ("1+(", ")", 74),
            ("sum(-(abs(1+", ")))", 29), ("label_replace(", ",'a','b','c','d')", 148),
        ])
    func deepest(_ open: String, _ close: String, _ count: Int) async {
        let query = Self.many(open, count) + "vector(1)" + Self.many(close, count)
        let error = await onWorkerStack { () -> (any Error)? in
            do {
                let engine = Engine()
                _ = try PromQLParser.parse(query).description
                _ = try engine.instant(query, at: 1_000_000, over: ArraySource())
                _ = try engine.range(query, from: 0, through: 60_000, step: 15_000, over: ArraySource())
                return nil
            } catch {
                return error
            }
        }
        #expect(error == nil)
    }
}
