public import Model

/// Turns the key of a series line into labels.
public enum KeyReader {
    /// The key is well-formed but no series can have it.
    public struct Invalid: Error, Hashable, Sendable, CustomStringConvertible {
        public static let notUTF8 = Invalid(description: "a label is not valid UTF-8")

        public let description: String
    }

    /// No series can have more labels.
    public static let maxLabels = Int(UInt16.max)

    /// The labels of a whole key such as `name{label="value"}`; an empty value means no label.
    /// Throws if the text is not a key, is not UTF-8, has an empty name, a label twice, or more than ``maxLabels``.
    public static func labels(_ key: UnsafeRawBufferPointer, format: ExpositionFormat) throws(Invalid) -> Labels {
        try read(key, format, nameless: false)
    }

    /// Names of the labels to which a well-formed key gives no value: they are absent, and said to be.
    public static func emptyNames(_ key: UnsafeRawBufferPointer, format: ExpositionFormat) -> [String] {
        guard let page = key.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return [] }
        var scanner = KeyScanner(page: page, end: key.count, format: format, at: 0, visitor: EmptyNamesVisitor(page: page))
        return (try? scanner.scan(nameless: false)) == nil ? [] : scanner.visitor.names
    }

    /// The labels of an exemplar, `{label="value"}`.
    static func exemplarLabels(_ text: UnsafeRawBufferPointer) throws(Invalid) -> Labels {
        try read(text, .openMetrics, nameless: true)
    }

    private static func read(_ text: UnsafeRawBufferPointer, _ format: ExpositionFormat, nameless: Bool) throws(Invalid) -> Labels {
        guard let page = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { throw Invalid(description: "an empty key") }
        var scanner = KeyScanner(page: page, end: text.count, format: format, at: 0, visitor: CollectingVisitor(page: page))
        do {
            try scanner.scan(nameless: nameless)
        } catch {
            throw Invalid(description: error.cause)
        }
        return try scanner.visitor.labels()
    }
}

/// Collects labels as unescaped bytes.
private struct CollectingVisitor: KeyVisitor {
    let page: UnsafePointer<UInt8>
    private var pairs: [(name: [UInt8], value: [UInt8])] = []

    init(page: UnsafePointer<UInt8>) { self.page = page }

    /// What is beyond the limit need not be kept to be refused.
    private var isFull: Bool { pairs.count > KeyReader.maxLabels }

    mutating func name(_ range: Range<Int>, quoted: Bool) {
        guard !isFull else { return }
        pairs.append((Array(Labels.metricName.utf8), bytes(range, escaped: quoted)))
    }

    mutating func label(_ name: Range<Int>, quoted: Bool, _ value: Range<Int>) {
        guard !isFull else { return }
        pairs.append((bytes(name, escaped: quoted), bytes(value, escaped: true)))
    }

    private func bytes(_ range: Range<Int>, escaped: Bool) -> [UInt8] {
        let raw = UnsafeBufferPointer(start: page + range.lowerBound, count: range.count)
        return escaped && raw.contains(Byte.backslash) ? Escapes.removed(raw, quotes: true) : Array(raw)
    }

    mutating func labels() throws(KeyReader.Invalid) -> Labels {
        guard !isFull else { throw KeyReader.Invalid(description: "a series with more than \(KeyReader.maxLabels) labels") }
        pairs.sort { $0.name.lexicographicallyPrecedes($1.name) }
        var encoding: [UInt8] = []
        for (index, pair) in pairs.enumerated() {
            guard !pair.name.isEmpty else { throw KeyReader.Invalid(description: "an empty label name") }
            guard isUTF8(pair.name), isUTF8(pair.value) else { throw KeyReader.Invalid.notUTF8 }
            if index > 0, pairs[index - 1].name == pair.name {
                throw KeyReader.Invalid(description: "label name \(quoted(String(decoding: pair.name, as: UTF8.self))) is not unique")
            }
            guard !pair.value.isEmpty else { continue }
            Labels.append(pair.name, to: &encoding)
            Labels.append(pair.value, to: &encoding)
        }
        return Labels(sortedEncoding: encoding)
    }

    private func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
}

private struct EmptyNamesVisitor: KeyVisitor {
    let page: UnsafePointer<UInt8>
    private(set) var names: [String] = []

    init(page: UnsafePointer<UInt8>) { self.page = page }

    mutating func name(_ range: Range<Int>, quoted: Bool) {}

    mutating func label(_ name: Range<Int>, quoted: Bool, _ value: Range<Int>) {
        guard value.isEmpty else { return }
        let raw = UnsafeBufferPointer(start: page + name.lowerBound, count: name.count)
        names.append(String(decoding: quoted ? Escapes.removed(raw, quotes: true) : Array(raw), as: UTF8.self))
    }
}

/// Backslash escapes of label values and help texts.
enum Escapes {
    /// Replaces `\\`, `\n` and, where `quotes` says so, `\"`. Any other backslash stands for itself.
    static func removed(_ raw: some Sequence<UInt8>, quotes: Bool) -> [UInt8] {
        var out: [UInt8] = []
        var afterBackslash = false
        for byte in raw {
            if afterBackslash {
                afterBackslash = false
                switch byte {
                case Byte.backslash: out.append(Byte.backslash)
                case UInt8(ascii: "n"): out.append(Byte.newline)
                case Byte.quote where quotes: out.append(Byte.quote)
                default: out += [Byte.backslash, byte]
                }
            } else if byte == Byte.backslash {
                afterBackslash = true
            } else {
                out.append(byte)
            }
        }
        if afterBackslash { out.append(Byte.backslash) }
        return out
    }
}
