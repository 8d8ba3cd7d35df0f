/// Collects labels in any order and gives the sorted set.
public struct LabelsBuilder: Sendable {
    /// The labels set so far, in no particular order.
    public private(set) var current: [Label] = []

    public init() {}

    public init(_ start: Labels) {
        current = Array(start)
    }

    public subscript(name: String) -> String? {
        current.first { sameBytes($0.name, name) }?.value
    }

    /// Sets a label; an empty value removes it.
    public mutating func set(_ name: String, _ value: String) {
        if let at = current.firstIndex(where: { sameBytes($0.name, name) }) {
            if value.isEmpty { current.remove(at: at) } else { current[at] = Label(name, value) }
        } else if !value.isEmpty {
            current.append(Label(name, value))
        }
    }

    public mutating func remove(_ name: String) { set(name, "") }

    public mutating func removeAll(where unwanted: (Label) -> Bool) { current.removeAll(where: unwanted) }

    public func labels() -> Labels {
        // Swift orders strings by Unicode canonical order; series are ordered by bytes.
        let sorted = current.sorted { precedes($0.name, $1.name) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(sorted.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 })
        for label in sorted {
            Labels.append(label.name.utf8, to: &bytes)
            Labels.append(label.value.utf8, to: &bytes)
        }
        return Labels(sortedEncoding: bytes)
    }
}

extension Labels {
    /// Appends one length-prefixed field of the flat form.
    @inlinable
    public static func append(_ field: some Collection<UInt8>, to bytes: inout [UInt8]) {
        var length = field.count
        while length >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: length))
        bytes.append(contentsOf: field)
    }

    /// The labels for which `keep` is true.
    public func filtered(_ keep: (UnsafeRawBufferPointer) -> Bool) -> Labels {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoding.count)
        forEachBytes { name, value in
            if keep(name) {
                Labels.append(name, to: &bytes)
                Labels.append(value, to: &bytes)
            }
            return true
        }
        return Labels(sortedEncoding: bytes)
    }

    public func droppingMetricName() -> Labels {
        filtered { name in !equalBytes(name, Labels.metricName) }
    }

    /// Only the named labels.
    public func keeping(_ names: [String]) -> Labels {
        filtered { name in names.contains { equalBytes(name, $0) } }
    }

    /// All but the named labels.
    public func dropping(_ names: [String]) -> Labels {
        filtered { name in !names.contains { equalBytes(name, $0) } }
    }

    /// The same labels with one set; an empty value removes it.
    public func setting(_ name: String, _ value: String) -> Labels {
        var (name, value) = (name, value)
        return name.withUTF8 { name in value.withUTF8 { setting(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer($0)) } }
    }

    private func setting(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Labels {
        encoding.withUnsafeBytes { old in
            // The label's place, or where it would be.
            var place = old.count..<old.count
            var offset = 0
            while offset < old.count, place.lowerBound == old.count {
                let start = offset
                let order = compareBytes(Self.field(old, &offset), name)
                _ = Self.field(old, &offset)
                if order >= 0 { place = start..<(order == 0 ? offset : start) }
            }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(old.count + name.count + value.count + 10)
            bytes += old[..<place.lowerBound]
            if !value.isEmpty {
                Self.append(name, to: &bytes)
                Self.append(value, to: &bytes)
            }
            bytes += old[place.upperBound...]
            return Labels(sortedEncoding: bytes)
        }
    }
}

/// Whether bytes spell a string.
public func equalBytes(_ bytes: UnsafeRawBufferPointer, _ text: String) -> Bool {
    var text = text
    return text.withUTF8 { compareBytes(bytes, UnsafeRawBufferPointer($0)) == 0 }
}

/// Whether two strings have the same bytes. Swift's own `==` calls é and e+´ equal; labels do not.
public func sameBytes(_ a: String, _ b: String) -> Bool {
    a.utf8.elementsEqual(b.utf8)
}

/// Byte-wise order of two strings, which is the field's order everywhere (Swift's own `<` is not).
public func precedes(_ a: String, _ b: String) -> Bool {
    var a = a
    var b = b
    return a.withUTF8 { x in b.withUTF8 { y in compareBytes(UnsafeRawBufferPointer(x), UnsafeRawBufferPointer(y)) < 0 } }
}
