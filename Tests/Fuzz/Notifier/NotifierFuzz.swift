import Model
import Notifier
import StrictYAML
import TestKit

/// Feeds damaged zone files, matchers and configurations to their readers and checks what must hold for any bytes: a zone has an offset at any
/// time, matchers that are written back are read as the same, a fault has its place, and what is shown of a configuration can be read again.
public struct NotifierFuzz {
    /// What went wrong, with the text that did it.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public enum Input: Sendable {
        case zone([UInt8])
        case matchers(String)
        case configuration([UInt8])

        public var bytes: [UInt8] {
            switch self {
            case .zone(let bytes), .configuration(let bytes): bytes
            case .matchers(let text): Array(text.utf8)
            }
        }
    }

    public private(set) var taken = 0
    public private(set) var refused = 0

    private let seed: UInt64
    private var number: UInt64 = 0
    private let zones: [[UInt8]]
    private var texts = NotifierSeeds.matchers.map { Array($0.utf8) }
    private var documents = NotifierSeeds.configurations.map { Array($0.utf8) }
    private static let corpusLimit = 2000

    /// - Parameter zones: files of real zones, at least one.
    public init(seed: UInt64, zones: [[UInt8]]) {
        self.seed = seed
        self.zones = zones
    }

    /// Makes the next input; each follows from the seed and those before it.
    public mutating func next() -> Input {
        number += 1
        var random = SeededRandom(seed &+ number)
        let corpus = [zones, texts, documents][Int(number % 3)]
        let (first, second) = (corpus[random.below(corpus.count)], corpus[random.below(corpus.count)])
        var mutator = ByteMutator(random, words: NotifierSeeds.words)
        let bytes = mutator.mutated(first, with: second)
        switch number % 3 {
        case 0: return .zone(bytes)
        case 1: return .matchers(String(decoding: bytes, as: UTF8.self))
        default: return .configuration(bytes)
        }
    }

    public mutating func check(_ input: Input) throws(Failure) {
        let isTaken: Bool
        switch input {
        case .zone(let bytes): isTaken = Self.checkZone(bytes)
        case .matchers(let text): isTaken = try checkMatchers(text)
        case .configuration(let bytes): isTaken = try checkConfiguration(bytes)
        }
        if isTaken { taken += 1 } else { refused += 1 }
    }

    private static func checkZone(_ bytes: [UInt8]) -> Bool {
        guard let zone = try? ZoneFile.read(bytes, name: "x") else { return false }
        for time in [Int64.min, -62_135_596_800_000, -1, 0, 1_800_000_000_000, 253_402_300_799_000, .max] { _ = zone.local(time) }
        _ = DailyTime(minute: 150, zone: zone).next(after: 1_800_000_000_000)
        return true
    }

    private mutating func checkMatchers(_ text: String) throws(Failure) -> Bool {
        guard let matchers = try? MatcherSyntax.matchers(text) else { return false }
        let shown = matchers.map(\.description).joined(separator: ",")
        if matchers.allSatisfy(Self.survives), (try? MatcherSyntax.matchers(shown)) != matchers {
            throw Failure(description: "\(text.debugDescription) is written back as \(shown.debugDescription)")
        }
        if texts.count < Self.corpusLimit { texts.append(Array(text.utf8)) }
        return true
    }

    /// Names that the grammar can say only in ways that cannot be written back: none at all, and those with a line end or what Go escapes.
    private static func survives(_ matcher: AlertMatcher) -> Bool {
        !matcher.name.isEmpty && matcher.name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7f && $0 != "\\" && $0 != "\"" }
    }

    private mutating func checkConfiguration(_ bytes: [UInt8]) throws(Failure) -> Bool {
        let configuration: NotifierConfiguration
        do {
            configuration = try NotifierConfiguration.read(bytes, file: "f", zones: .none)
        } catch {
            guard error.place.line >= 1, error.place.column >= 1, error.place.file == "f" else {
                throw Failure(description: "a fault without a place: \(error)")
            }
            return false
        }
        let shown = NotifierConfiguration.shown(bytes)
        do {
            _ = try NotifierConfiguration.read(Array(shown.utf8), file: "f", zones: .none)
        } catch {
            // Brackets in a long text may count as depth, in one form of the text and not in another.
            if error.message.contains("nested deeper") { return true }
            throw Failure(description: "what is shown cannot be read: \(error)\n\(shown)")
        }
        let tree = NotifierPlan(configuration).tree
        _ = tree.matches(Labels([(name: "severity", value: "critical")]))
        if documents.count < Self.corpusLimit { documents.append(bytes) }
        return true
    }
}
