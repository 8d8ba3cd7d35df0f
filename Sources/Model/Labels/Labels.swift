import Glibc

/// A name and a value.
public struct Label: Hashable, Sendable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    public static func == (a: Label, b: Label) -> Bool { sameBytes(a.name, b.name) && sameBytes(a.value, b.value) }
}

/// The identity of a series: labels sorted by name (as bytes), each name once, no empty value.
///
/// One flat allocation holds them all, so that copying, hashing and comparing never walk a tree of strings:
///
///     | uvarint name length | name | uvarint value length | value | … next label …
///
/// Equal label sets have equal bytes.
public struct Labels: Hashable, Sendable {
    /// The label that holds the metric name.
    public static let metricName = "__name__"
    public static let empty = Labels(sortedEncoding: [])

    /// The flat form; see the type's description.
    public let encoding: [UInt8]

    /// Wraps bytes that are already sorted, unique and free of empty values.
    public init(sortedEncoding: [UInt8]) {
        encoding = sortedEncoding
    }

    /// Sorts the pairs. Empty values are dropped: an empty label is an absent one. Of equal names the last wins.
    public init(_ pairs: some Sequence<(name: String, value: String)>) {
        var builder = LabelsBuilder()
        for pair in pairs { builder.set(pair.name, pair.value) }
        self = builder.labels()
    }

    public init(_ labels: some Sequence<Label>) {
        self.init(labels.lazy.map { (name: $0.name, value: $0.value) })
    }

    public var isEmpty: Bool { encoding.isEmpty }

    public static func == (a: Labels, b: Labels) -> Bool {
        a.encoding.withUnsafeBytes { left in
            b.encoding.withUnsafeBytes { right in
                guard left.count == right.count else { return false }
                guard let x = left.baseAddress, let y = right.baseAddress else { return true }
                return x == y || memcmp(x, y, left.count) == 0
            }
        }
    }

    public func hash(into hasher: inout Hasher) {
        encoding.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// A hash that is equal between runs and machines (FNV-1a, 64 bits, over the flat form).
    public var stableHash: UInt64 {
        encoding.withUnsafeBytes { StableHash.fnv1a($0) }
    }

    /// Calls `body` with each name and value as bytes, in order; stops early when it returns false.
    @inlinable
    public func forEachBytes(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Bool) rethrows {
        try encoding.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let name = Self.field(bytes, &offset)
                let value = Self.field(bytes, &offset)
                guard try body(name, value) else { return }
            }
        }
    }

    /// The length-prefixed field at `offset`, which moves behind it.
    @inlinable
    static func field(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) -> UnsafeRawBufferPointer {
        var length = 0
        var shift = 0
        while true {
            let byte = bytes[offset]
            offset += 1
            length |= Int(byte & 0x7f) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        defer { offset += length }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
    }

    /// The value of a label, nil if there is none.
    public subscript(name: String) -> String? {
        var name = name
        return name.withUTF8 { wanted in
            var found: String?
            forEachBytes { bytes, value in
                let order = compareBytes(bytes, UnsafeRawBufferPointer(wanted))
                if order == 0 { found = String(decoding: value, as: UTF8.self) }
                return order < 0
            }
            return found
        }
    }

    /// The metric name, nil if the series has none.
    public var metricName: String? { self[Self.metricName] }

    public var count: Int {
        var n = 0
        forEachBytes { _, _ in
            n += 1
            return true
        }
        return n
    }
}

extension Labels: Sequence {
    public struct Iterator: IteratorProtocol {
        let encoding: [UInt8]
        var offset = 0

        public mutating func next() -> Label? {
            guard offset < encoding.count else { return nil }
            return encoding.withUnsafeBytes { bytes in
                let name = Labels.field(bytes, &offset)
                let value = Labels.field(bytes, &offset)
                return Label(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
            }
        }
    }

    public func makeIterator() -> Iterator { Iterator(encoding: encoding) }
    public var underestimatedCount: Int { count }
}

extension Labels: Comparable {
    /// Label by label, name before value, as bytes; a prefix comes first. The order of series in a block's index and in API answers.
    public static func < (a: Labels, b: Labels) -> Bool { a.compare(b) < 0 }

    /// Negative, zero or positive as `self` comes before, equals or comes after `other`.
    public func compare(_ other: Labels) -> Int {
        encoding.withUnsafeBytes { left in
            other.encoding.withUnsafeBytes { right in
                var i = 0
                var j = 0
                while i < left.count, j < right.count {
                    let order = compareBytes(Self.field(left, &i), Self.field(right, &j))
                    if order != 0 { return order }
                }
                return (left.count - i) - (right.count - j)
            }
        }
    }
}

extension Labels: CustomStringConvertible {
    /// As PromQL writes a series: `name{a="b"}`; a metric name that is not a plain identifier moves into the braces, quoted.
    public var description: String {
        let name = metricName
        let plain = name.map(LabelNames.isLegacyMetricName) ?? false
        var parts: [String] = []
        for label in self {
            if label.name != Self.metricName {
                let shown = LabelNames.isLegacyLabelName(label.name) ? label.name : quoted(label.name)
                parts.append("\(shown)=\(quoted(label.value))")
            } else if !plain {
                parts.insert(quoted(label.value), at: 0)
            }
        }
        if plain, parts.isEmpty { return name ?? "" }
        return (plain ? name ?? "" : "") + "{" + parts.joined(separator: ", ") + "}"
    }
}

/// Byte-wise order, a prefix first: negative, zero or positive.
@inlinable
public func compareBytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let shared = Swift.min(a.count, b.count)
    if shared > 0, let x = a.baseAddress, let y = b.baseAddress {
        let order = memcmp(x, y, shared)
        if order != 0 { return Int(order) }
    }
    return a.count - b.count
}
