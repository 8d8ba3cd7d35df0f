import Exposition
import Model

/// The labels of series and exemplars.
extension WriteLane {
    private static let mostNumbers = 2 * LabelLimits.labels

    /// What the memo knows labels by; nil if they are not all in one place, as everybody writes them, or refer to no symbol.
    func key(_ shape: SeriesShape) throws(WireError) -> UInt64? {
        guard let labels = shape.labels else { return nil }
        guard form.hasSymbols else { return Fingerprint.shared.of(UnsafeRawBufferPointer(rebasing: bytes[labels])) }
        var reader = WireReader(bytes, labels)
        var state = UInt64(labels.count)
        while !reader.isAtEnd {
            let number = try reader.varint()
            guard number < UInt64(symbols.count) else { return nil }
            state = Fingerprint.shared.joined(state, symbols.prints[Int(number)])
        }
        return state
    }

    /// A symbol is sent once and used in any number of labels. Whoever uses them has no more than those who do not: the bytes of a request.
    func spellOut() throws(InvalidLabels) {
        guard spelled + pairs.size <= SnappyBlock.limit else {
            throw InvalidLabels("the labels of the request's new series are more than \(SnappyBlock.limit) bytes together")
        }
        spelled += pairs.size
    }

    func labels(of series: Range<Int>) throws -> Labels {
        try collectPairs(series)
        return try pairs.series(in: bytes)
    }

    /// Collects the labels of a series or an exemplar; both have them in field 1.
    func collectPairs(_ message: Range<Int>) throws {
        pairs.removeAll()
        if form.hasSymbols { return try collectSymbols(message) }
        var reader = WireReader(bytes, message)
        while let field = try reader.next() {
            guard field.number == WriteForm.labels else {
                try reader.skip(field.kind)
                continue
            }
            try reader.expect(.bytes, of: field)
            let label = try LabelReading(bytes, try reader.bytes())
            try pairs.add(label.name, label.value)
        }
    }

    private func collectSymbols(_ message: Range<Int>) throws {
        numbers.removeAll(keepingCapacity: true)
        var reader = WireReader(bytes, message)
        while let field = try reader.next() {
            if field.number != WriteForm.labels {
                try reader.skip(field.kind)
            } else if field.kind == .varint {
                numbers.append(Int(clamping: try reader.varint()))
            } else {
                try reader.expect(.bytes, of: field)
                var packed = WireReader(bytes, try reader.bytes())
                while !packed.isAtEnd, numbers.count <= Self.mostNumbers { numbers.append(Int(clamping: try packed.varint())) }
            }
            guard numbers.count <= Self.mostNumbers else { throw InvalidLabels.tooMany }
        }
        guard numbers.count.isMultiple(of: 2) else { throw NoSuchSymbol(reason: "\(numbers.count) references are no pairs of names and values") }
        for at in stride(from: 0, to: numbers.count, by: 2) { try pairs.add(try symbol(numbers[at]), try symbol(numbers[at + 1])) }
    }

    func symbol(_ number: Int) throws(NoSuchSymbol) -> Range<Int> {
        guard number < symbols.count else { throw NoSuchSymbol(reason: "there is no symbol \(number), only \(symbols.count)") }
        return symbols.places[number]
    }
}

/// A reference to a symbol that is not there.
struct NoSuchSymbol: Error {
    let reason: String
}
