import Model

/// Finds the series of a block that satisfy all matchers, in its index.
///
/// The same plan as the head's: values that are demanded narrow first, smallest list first. What is left is either united over the label's values,
/// of which a prefix needs only some, or tried on the candidates one by one.
struct BlockMatching {
    let index: IndexReader
    private let offsets: PostingsOffsets
    private let symbols: IndexSymbols

    init(_ index: IndexReader) throws(StorageError) {
        self.index = index
        offsets = try index.postingsOffsets()
        symbols = try index.symbols()
    }

    /// The numbers of the series, ascending, and so in order of their labels.
    func series(_ matchers: [Matcher]) throws(StorageError) -> [UInt32] {
        let tests = matchers.map(ValueTest.init)
        guard var candidates = try demanded(tests) else { return [] }
        // A set of words is cheaper than an expression that must run over every value.
        for test in tests.filter({ $0.requiredWord == nil && !$0.acceptsEverything }).sorted(by: { $0.cost < $1.cost }) {
            candidates = try narrow(candidates, test)
            if candidates?.isEmpty == true { return [] }
        }
        return try orAll(candidates)
    }

    private func orAll(_ candidates: [UInt32]?) throws(StorageError) -> [UInt32] {
        if let candidates { return candidates }
        return try index.allPostings().array()
    }

    /// What the demanded values leave: nil if they leave nothing, a nil list if none is demanded.
    private func demanded(_ tests: [ValueTest]) throws(StorageError) -> [UInt32]?? {
        var lists: [IndexPostings] = []
        for test in tests {
            guard let word = test.requiredWord else { continue }
            guard let name = offsets.name(test.name), let offset = try offsets.offset(name, word) else { return .none }
            lists.append(try index.postings(at: offset))
        }
        lists.sort { $0.count < $1.count }
        guard let smallest = lists.first else { return .some(nil) }
        return lists.dropFirst().reduce(smallest.array()) { intersection($0, $1) }
    }

    /// `candidates` (nil: all series) that pass one more test.
    private func narrow(_ candidates: [UInt32]?, _ test: ValueTest) throws(StorageError) -> [UInt32]? {
        guard let name = offsets.name(test.name) else { return test.acceptsEmpty ? candidates : [] }
        if let candidates, candidates.count <= name.count, test.words == nil { return try filter(candidates, test) }
        let lists = try lists(name, test)
        guard let united = union(lists, limit: index.seriesLimit) else { throw index.file.damaged(0, "postings of a series that is not there") }
        // With a test that an absent label passes, the lists hold what does not pass.
        if test.acceptsEmpty { return difference(try orAll(candidates), united) }
        return candidates.map { intersection($0, united) } ?? united
    }

    /// The postings of the values that decide: those a positive test accepts, or those a negative one refuses.
    private func lists(_ name: PostingsOffsets.Name, _ test: ValueTest) throws(StorageError) -> [IndexPostings] {
        var lists: [IndexPostings] = []
        if let words = test.words {
            for word in Set(words) where !word.isEmpty {
                if let offset = try offsets.offset(name, word) { lists.append(try index.postings(at: offset)) }
            }
            return lists
        }
        if let prefix = test.prefix {
            try prefix.withUnsafeBufferPointer { (prefix) throws(StorageError) in
                let prefix = UnsafeRawBufferPointer(prefix)
                try offsets.forEachValue(of: name, notBefore: prefix) { (entry) throws(StorageError) in
                    guard compareBytes(UnsafeRawBufferPointer(rebasing: entry.value.prefix(prefix.count)), prefix) == 0 else { return false }
                    lists.append(try index.postings(at: entry.offset))
                    return true
                }
            }
            return lists
        }
        try offsets.forEachValue(of: name) { (entry) throws(StorageError) in
            if test.accepts(entry.value) != test.acceptsEmpty { lists.append(try index.postings(at: entry.offset)) }
            return true
        }
        return lists
    }

    private func filter(_ candidates: [UInt32], _ test: ValueTest) throws(StorageError) -> [UInt32] {
        guard let name = try symbol(test.name) else { return test.acceptsEmpty ? candidates : [] }
        var known: [UInt32: Bool] = [:]
        var pairs: [LabelPair] = []
        var passed: [UInt32] = []
        for number in candidates {
            _ = try index.series(number, labels: &pairs)
            var verdict = test.acceptsEmpty
            if let pair = pairs.first(where: { $0.name == name }) {
                if let before = known[pair.value] {
                    verdict = before
                } else {
                    verdict = test.accepts(try symbols.bytes(pair.value))
                    known[pair.value] = verdict
                }
            }
            if verdict { passed.append(number) }
        }
        return passed
    }

    /// The number by which series name a label.
    func symbol(_ text: String) throws(StorageError) -> UInt32? {
        try Array(text.utf8).withUnsafeBufferPointer { (text) throws(StorageError) in try symbols.find(UnsafeRawBufferPointer(text)) }
    }
}
