import Glibc
import Model
import Templates
import TestKit

/// Feeds made, damaged and huge templates to the interpreter and checks what must hold for any text: it is expanded or refused within a
/// second, a fault has its place in the text, and the same text gives the same result again.
public struct TemplateFuzz {
    /// What went wrong, with the template that did it.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public private(set) var expanded = 0
    public private(set) var unread = 0
    public private(set) var broken = 0
    /// The kinds of errors met, without what they quote: a measure of how much was reached.
    public private(set) var faults: Set<String> = []
    public private(set) var slowestMilliseconds = 0.0

    private let seed: UInt64
    private var number: UInt64 = 0
    /// Templates worth damaging: those expanded, and the first of each kind of error.
    private var corpus: [[UInt8]] = TemplateMaker.seeds.map { Array($0.utf8) }
    private static let corpusLimit = 4000
    private static let outputLimit = 1 << 20
    /// Two seconds; a debug build takes up to twenty times as long.
    #if DEBUG
        private static let millisecondLimit = 40_000.0
    #else
        private static let millisecondLimit = 2000.0
    #endif

    public init(seed: UInt64) { self.seed = seed }

    /// Makes the next template; each follows from the seed and those before it.
    public mutating func next() -> String {
        number += 1
        var random = SeededRandom(seed &+ number)
        let kind = random.below(1000)
        if kind == 0 { return HugeTemplate.make(random.below(HugeTemplate.kinds), count: 1 << random.below(15)) }
        if kind < 300 {
            var maker = TemplateMaker(random)
            return maker.statements(depth: 1 + Int(number % 4))
        }
        let (template, other) = (corpus[random.below(corpus.count)], corpus[random.below(corpus.count)])
        var mutator = ByteMutator(random, words: TemplateWords.all)
        return String(decoding: mutator.mutated(template, with: other), as: UTF8.self)
    }

    public mutating func check(_ text: String) throws(Failure) {
        let start = Self.now()
        let template = AlertTemplate(text, alert: "A")
        let result = Self.expand(template)
        switch result {
        case .success(let output):
            expanded += 1
            keep(text)
            if output.utf8.count > Self.outputLimit, output.utf8.count > text.utf8.count {
                throw Failure(description: "too long: \(text.debugDescription)")
            }
        case .failure(let error):
            if error.stage == .parsing { unread += 1 } else { broken += 1 }
            try Self.checkPlace(error, in: text)
            if faults.count < 10_000, faults.insert(Self.kind(of: error)).inserted { keep(text) }
        }
        let milliseconds = Self.now() - start
        slowestMilliseconds = max(slowestMilliseconds, milliseconds)
        if milliseconds > Self.millisecondLimit { throw Failure(description: "took \(milliseconds) ms: \(text.prefix(1000).debugDescription)") }
        if number.isMultiple(of: 16) { try Self.checkAgain(template, result, text) }
    }

    private static func expand(_ template: AlertTemplate) -> Result<String, TemplateError> {
        let host = RuleTemplateHost(externalURL: "http://x/y", now: 1_700_000_000_000) { text in
            if text.contains("(") { throw Failure(description: "refused") }
            return ["b", "a"].map { RuleSample(labels: Labels([(name: "instance", value: $0)]), value: Double(text.utf8.count)) }
        }
        let labels = Labels([(name: "instance", value: "host.example.com:9100"), (name: "job", value: "node")])
        do throws(TemplateError) {
            return .success(try template.expand(.init(labels: labels, value: 12_345.678), externalLabels: labels, host: host))
        } catch {
            return .failure(error)
        }
    }

    // MARK: What must hold

    private static func checkAgain(_ template: AlertTemplate, _ result: Result<String, TemplateError>, _ text: String) throws(Failure) {
        switch (result, expand(template)) {
        case (.success(let first), .success(let second)) where first == second: return
        case (.failure(let first), .failure(let second)) where first == second: return
        default: throw Failure(description: "expands to something else the second time: \(text.debugDescription)")
        }
    }

    private static func checkPlace(_ error: TemplateError, in text: String) throws(Failure) {
        let stage = error.stage == .parsing ? "parsing" : "executing"
        let prefix = "error \(stage) template __alert_A: template: __alert_A:"
        guard error.description.hasPrefix(prefix) else { throw Failure(description: "\(error) tells no place in \(text.debugDescription)") }
        let line = error.description.dropFirst(prefix.count).prefix { $0.isNumber }
        let lines = 1 + text.utf8.count { $0 == UInt8(ascii: "\n") }
        guard let line = Int(line), (0...lines).contains(line) else {
            throw Failure(description: "\(error) is in no line of \(text.debugDescription)")
        }
    }

    private mutating func keep(_ text: String) {
        guard text.utf8.count < 300 else { return }
        let bytes = Array(text.utf8)
        if corpus.count < Self.corpusLimit { corpus.append(bytes) } else { corpus[Int(number % UInt64(Self.corpusLimit))] = bytes }
    }

    /// The message without what it quotes and counts.
    private static func kind(of error: TemplateError) -> String {
        var isQuoted = false
        let message = error.description.split(separator: ">: ").last ?? ""
        return String(
            message.prefix(200).filter { character in
                if character == "\"" || character == "'" { isQuoted.toggle() }
                return !isQuoted && !character.isNumber
            })
    }

    /// The thread's own time: a busy machine must not look like a slow interpreter.
    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1e6
    }
}
