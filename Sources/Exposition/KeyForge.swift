public import Model

/// Makes the labels of a new series: those of its key and those of its target, put into order without an allocation but for the result.
///
/// It is for the common case. Whatever else a key can be it leaves alone, and the caller goes the long way, by ``KeyReader``, which also says what is
/// wrong with a key.
public struct KeyForge: Sendable {
    /// Keys with more labels are read the long way. So many have room on the stack.
    static let maxLabels = 24

    /// The added labels in their order: the name, and all of the label as it is encoded.
    private let added: [(name: [UInt8], encoding: [UInt8])]
    private let addedCount: Int

    /// `labels` are added to those of each key.
    public init(adding labels: Labels) {
        var added: [(name: [UInt8], encoding: [UInt8])] = []
        labels.forEachBytes { name, value in
            var encoding: [UInt8] = []
            Labels.append(name, to: &encoding)
            Labels.append(value, to: &encoding)
            added.append((Array(name), encoding))
            return true
        }
        self.added = added
        addedCount = added.reduce(0) { $0 + $1.encoding.count }
    }

    /// All labels of a series; nil if the key is not a good one, or not a simple one: with escapes, with a label that is added too, or with many labels.
    /// `bound`: the label whose value is a number to be written as ``BoundText`` says.
    public func labels(_ key: UnsafeRawBufferPointer, format: ExpositionFormat, bound: StaticString? = nil) -> Labels? {
        guard let page = key.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
        return withUnsafeTemporaryAllocation(of: KeyPart.self, capacity: Self.maxLabels) { room in
            var scanner = KeyScanner(page: page, end: key.count, format: format, at: 0, visitor: KeyPartsVisitor(page: page, parts: room))
            guard (try? scanner.scan()) != nil, let parts = scanner.visitor.sorted, Self.isUTF8(key) else { return nil }
            var normal = bound.flatMap { Self.normalize(parts, $0) } ?? ""
            return normal.withUTF8 { normal in
                for at in parts.indices where parts[at].isBound { parts[at].value = UnsafeRawBufferPointer(normal) }
                return merged(parts)
            }
        }
    }

    /// The text of the bound among the labels, which is marked.
    private static func normalize(_ parts: UnsafeMutableBufferPointer<KeyPart>, _ bound: StaticString) -> String? {
        let name = UnsafeRawBufferPointer(start: bound.utf8Start, count: bound.utf8CodeUnitCount)
        guard let at = parts.firstIndex(where: { compareBytes($0.name, name) == 0 }) else { return nil }
        guard let text = BoundText.normalized(parts[at].value) else { return nil }
        parts[at].isBound = true
        return text
    }

    /// Nil if a name is in both.
    private func merged(_ parts: UnsafeMutableBufferPointer<KeyPart>) -> Labels? {
        let size = parts.reduce(addedCount) { $0 + $1.size }
        var isUnique = true
        let encoding = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            var out = FieldWriter(buffer)
            var next = 0
            for part in parts {
                var order = -1
                while next < added.count {
                    order = added[next].name.withUnsafeBytes { compareBytes($0, part.name) }
                    guard order < 0 else { break }
                    added[next].encoding.withUnsafeBytes { out.copy($0) }
                    next += 1
                }
                if order == 0, next < added.count { isUnique = false }
                out.append(part.name)
                out.append(part.value)
            }
            for rest in added[next...] { rest.encoding.withUnsafeBytes { out.copy($0) } }
            count = out.count
        }
        return isUnique ? Labels(sortedEncoding: encoding) : nil
    }

    private static func isUTF8(_ key: UnsafeRawBufferPointer) -> Bool {
        key.allSatisfy { $0 < 0x80 } || String(validating: key, as: UTF8.self) != nil
    }
}

/// A label of a key, as it is in the page.
private struct KeyPart {
    let name: UnsafeRawBufferPointer
    var value: UnsafeRawBufferPointer
    var isBound = false

    /// Bytes of the encoding.
    var size: Int { FieldWriter.size(name.count) + FieldWriter.size(value.count) }
}

/// Collects the labels of a key as long as they are simple.
private struct KeyPartsVisitor: KeyVisitor {
    private static let metricName: StaticString = "__name__"

    private let page: UnsafePointer<UInt8>
    private let parts: UnsafeMutableBufferPointer<KeyPart>
    private var count = 0
    private var isSimple = true

    init(page: UnsafePointer<UInt8>, parts: UnsafeMutableBufferPointer<KeyPart>) {
        self.page = page
        self.parts = parts
    }

    mutating func name(_ range: Range<Int>, quoted: Bool) {
        // A name of no bytes is none.
        guard !range.isEmpty else { return isSimple = false }
        add(UnsafeRawBufferPointer(start: Self.metricName.utf8Start, count: Self.metricName.utf8CodeUnitCount), bytes(range))
    }

    mutating func label(_ name: Range<Int>, quoted: Bool, _ value: Range<Int>) {
        guard !name.isEmpty else { return isSimple = false }
        add(bytes(name), bytes(value))
    }

    private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: page + range.lowerBound, count: range.count) }

    /// Puts a label into its place: there are few, and mostly they come in order.
    private mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        guard isSimple, count < parts.count, !value.contains(Byte.backslash), !name.contains(Byte.backslash) else { return isSimple = false }
        var place = count
        while place > 0 {
            let order = compareBytes(parts[place - 1].name, name)
            guard order != 0 else { return isSimple = false }
            guard order > 0 else { break }
            parts.initializeElement(at: place, to: parts[place - 1])
            place -= 1
        }
        parts.initializeElement(at: place, to: KeyPart(name: name, value: value))
        count += 1
    }

    /// The labels by name, without those that are empty; nil if they are not simple.
    var sorted: UnsafeMutableBufferPointer<KeyPart>? {
        guard isSimple else { return nil }
        var kept = 0
        for at in 0..<count where !parts[at].value.isEmpty {
            parts[kept] = parts[at]
            kept += 1
        }
        return UnsafeMutableBufferPointer(rebasing: parts[..<kept])
    }
}

/// Writes fields behind their lengths, as ``Labels`` has them.
private struct FieldWriter {
    private let out: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ out: UnsafeMutableBufferPointer<UInt8>) { self.out = out }

    /// Of a field with its length.
    static func size(_ length: Int) -> Int {
        var size = length + 1
        var rest = length &>> 7
        while rest > 0 {
            size += 1
            rest &>>= 7
        }
        return size
    }

    mutating func append(_ field: UnsafeRawBufferPointer) {
        var length = field.count
        while length >= 0x80 {
            put(UInt8(truncatingIfNeeded: length) | 0x80)
            length &>>= 7
        }
        put(UInt8(truncatingIfNeeded: length))
        copy(field)
    }

    private mutating func put(_ byte: UInt8) {
        out[count] = byte
        count += 1
    }

    mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(out)[count..<count + bytes.count]).copyMemory(from: bytes)
        count += bytes.count
    }
}
