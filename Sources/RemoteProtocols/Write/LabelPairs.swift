import Model

/// Names and values of labels as places in a request's bytes, in any order, on the way to `Labels`.
struct LabelPairs {
    struct Pair {
        var name: Range<Int>
        var value: Range<Int>
    }

    private(set) var pairs: [Pair] = []

    /// Bytes of all names and values, of which many may be one and the same symbol.
    var size: Int { pairs.reduce(0) { $0 + $1.name.count + $1.value.count } }

    mutating func removeAll() { pairs.removeAll(keepingCapacity: true) }

    /// Throws if there are more than a series may have.
    mutating func add(_ name: Range<Int>, _ value: Range<Int>) throws(InvalidLabels) {
        guard pairs.count < LabelLimits.labels else { throw .tooMany }
        pairs.append(Pair(name: name, value: value))
    }

    /// What a series is called. Empty values are dropped, for an empty label is an absent one.
    mutating func series(in bytes: UnsafeRawBufferPointer) throws(InvalidLabels) -> Labels {
        let labels = try self.labels(in: bytes)
        // Sorted by bytes, only names with capitals or signs come before it, so that this is quick.
        guard labels.metricName != nil else { throw InvalidLabels("the metric has no name") }
        return labels
    }

    /// Labels of a series or of an exemplar. Throws if a name is empty or comes twice, or a text is not UTF-8 or too long.
    mutating func labels(in bytes: UnsafeRawBufferPointer) throws(InvalidLabels) -> Labels {
        sort(bytes)
        var encoding: [UInt8] = []
        encoding.reserveCapacity(size + 4 * pairs.count)
        for (number, pair) in pairs.enumerated() {
            let name = UnsafeRawBufferPointer(rebasing: bytes[pair.name])
            let value = UnsafeRawBufferPointer(rebasing: bytes[pair.value])
            if number > 0, compareBytes(UnsafeRawBufferPointer(rebasing: bytes[pairs[number - 1].name]), name) == 0 {
                throw InvalidLabels("the label \(shown(name)) comes twice")
            }
            try Self.check(name, value)
            if value.isEmpty { continue }
            Labels.append(name, to: &encoding)
            Labels.append(value, to: &encoding)
        }
        return Labels(sortedEncoding: encoding)
    }

    private mutating func sort(_ bytes: UnsafeRawBufferPointer) {
        func order(_ a: Pair, _ b: Pair) -> Int {
            compareBytes(UnsafeRawBufferPointer(rebasing: bytes[a.name]), UnsafeRawBufferPointer(rebasing: bytes[b.name]))
        }
        if zip(pairs, pairs.dropFirst()).allSatisfy({ order($0, $1) < 0 }) { return }
        pairs.sort { order($0, $1) < 0 }
    }

    private static func check(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(InvalidLabels) {
        if name.isEmpty { throw InvalidLabels("a label has no name") }
        guard isUTF8(name) else { throw InvalidLabels("the name \(shown(name)) is not UTF-8") }
        guard isUTF8(value) else { throw InvalidLabels("the value of the label \(shown(name)) is not UTF-8") }
        let longest = max(name.count, value.count)
        guard longest <= LabelLimits.length else {
            throw InvalidLabels("the label \(shown(name)) has \(longest) bytes, at most \(LabelLimits.length) are possible")
        }
    }

    private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
}

/// What no series goes beyond, whoever sends it.
enum LabelLimits {
    /// As many as the storage can number.
    static let labels = Int(UInt16.max)
    /// Bytes of a name or a value.
    static let length = 1 << 20
}

/// Labels that name no series.
struct InvalidLabels: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }

    static let tooMany = InvalidLabels("there are more than \(LabelLimits.labels) labels")
}

/// A text from outside, for people, and no more of it than they want.
func shown(_ bytes: UnsafeRawBufferPointer) -> String {
    quoted(String(decoding: bytes.prefix(60), as: UTF8.self)) + (bytes.count > 60 ? "…" : "")
}
