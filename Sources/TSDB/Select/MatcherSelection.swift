import Model

/// Finds the series that satisfy all matchers, in postings and symbols.
///
/// `=` matchers narrow first, smallest list first. What is left is either united over the label's values or tried on the candidates one by one,
/// whichever touches less. All series are only looked at when no matcher demands a value.
struct MatcherSelection {
    let postings: Postings
    let symbols: SymbolTable
    let series: SeriesTable

    /// The slots, ascending.
    func slots(_ matchers: [Matcher]) -> [UInt32] {
        let tests = matchers.map(ValueTest.init)
        var required: [PostingList] = []
        for test in tests {
            guard let word = test.requiredWord else { continue }
            guard let list = list(test.name, word) else { return [] }
            required.append(list)
        }
        var candidates = intersection(required)
        // A set of words is cheaper than an expression that must run over every value.
        for test in tests.filter({ $0.requiredWord == nil && !$0.acceptsEverything }).sorted(by: { $0.cost < $1.cost }) {
            candidates = narrow(candidates, test)
            if candidates?.isEmpty == true { return [] }
        }
        return candidates ?? Array(0..<postings.seriesCount)
    }

    private func list(_ name: String, _ word: [UInt8]) -> PostingList? {
        guard let name = symbols.find(name), let value = word.withUnsafeBytes({ symbols.find($0) }) else { return nil }
        return postings.list(name, value)
    }

    /// nil if nothing is required.
    private func intersection(_ lists: [PostingList]) -> [UInt32]? {
        let sorted = lists.sorted { $0.count < $1.count }
        guard let smallest = sorted.first else { return nil }
        return sorted.dropFirst().reduce(smallest.read { Array($0) }) { intersect($0, $1) }
    }

    /// `candidates` (nil: all series) that pass one more test.
    private func narrow(_ candidates: [UInt32]?, _ test: ValueTest) -> [UInt32]? {
        guard let name = symbols.find(test.name), let values = postings.names[name] else {
            return test.acceptsEmpty ? candidates : []
        }
        if let candidates, candidates.count <= values.count, test.words == nil { return filter(candidates, name, test) }
        var set = SlotSet(capacity: postings.seriesCount)
        unite(values, test, into: &set)
        // With a test that an absent label passes, the set holds what does not pass.
        if test.acceptsEmpty { return (candidates ?? Array(0..<postings.seriesCount)).filter { !set.contains($0) } }
        return candidates?.filter { set.contains($0) } ?? set.slots()
    }

    private func unite(_ values: Postings.Values, _ test: ValueTest, into set: inout SlotSet) {
        if let words = test.words {
            // Words are what a positive test accepts and a negative one refuses: in both cases what the set is to hold.
            for word in words where !word.isEmpty {
                if let value = word.withUnsafeBytes({ symbols.find($0) }), let list = values[value] { set.insert(list) }
            }
            return
        }
        for (value, list) in values where test.accepts(symbols.bytes(value)) != test.acceptsEmpty { set.insert(list) }
    }

    private func filter(_ candidates: [UInt32], _ name: UInt32, _ test: ValueTest) -> [UInt32] {
        var known: [UInt32: Bool] = [:]
        return candidates.filter { slot in
            guard let value = series[slot].pointee.value(of: name) else { return test.acceptsEmpty }
            if let verdict = known[value] { return verdict }
            let verdict = test.accepts(symbols.bytes(value))
            known[value] = verdict
            return verdict
        }
    }
}

/// A matcher, prepared for being asked about many values.
struct ValueTest {
    let name: String
    /// Whether an absent label passes.
    let acceptsEmpty: Bool
    private let matcher: Matcher
    private let shape: RegexShape
    private let negative: Bool

    init(_ matcher: Matcher) {
        self.matcher = matcher
        name = matcher.name
        acceptsEmpty = matcher.matchesEmpty
        negative = matcher.kind == .notEqual || matcher.kind == .matchesNot
        shape =
            switch matcher.kind {
            case .equal, .notEqual: .literals([Array(matcher.value.utf8)])
            case .matches, .matchesNot: RegexShape(matcher.value)
            }
    }

    /// The one value a series must have; nil if there are several, or none is needed.
    var requiredWord: [UInt8]? {
        guard !negative, case .literals(let words) = shape, words.count == 1, !words[0].isEmpty else { return nil }
        return words[0]
    }

    /// The values that decide: a positive test accepts them and nothing else, a negative one accepts all others.
    /// nil where an absent label decides differently than the words do.
    var words: [[UInt8]]? {
        guard case .literals(let words) = shape, acceptsEmpty == negative else { return nil }
        return words
    }

    /// How all values begin that are accepted, or refused by a negative test; nil where they have nothing in common.
    var prefix: [UInt8]? {
        guard case .prefix(let prefix) = shape, acceptsEmpty == negative else { return nil }
        return prefix
    }

    var acceptsEverything: Bool { shape == .anything && !negative }

    /// How dear one value is, roughly.
    var cost: Int {
        switch shape {
        case .literals(let words): words.count
        case .prefix: 1000
        case .nonEmpty, .anything: 2000
        case .other: 3000
        }
    }

    func accepts(_ value: UnsafeRawBufferPointer) -> Bool {
        switch shape {
        case .anything: return !negative
        case .nonEmpty: return value.isEmpty == negative
        case .prefix(let prefix):
            let begins = value.count >= prefix.count && prefix.withUnsafeBytes { same(value[..<$0.count], $0) }
            return begins != negative
        case .literals(let words):
            return words.contains { word in word.withUnsafeBytes { $0.count == value.count && same(value[...], $0) } } != negative
        case .other: return matcher.matches(value)
        }
    }

    private func same(_ a: Slice<UnsafeRawBufferPointer>, _ b: UnsafeRawBufferPointer) -> Bool {
        compareBytes(UnsafeRawBufferPointer(rebasing: a), b) == 0
    }
}
