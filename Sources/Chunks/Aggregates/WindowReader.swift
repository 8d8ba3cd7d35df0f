import Model

/// Reads the values of a chunk's windows into the column's memory. There they are integers first, until nothing depends on them any more.
struct WindowReader {
    private typealias Integers = UnsafeMutablePointer<Int64>

    private let form: ValueForm
    private let exceptions: ByteSource
    private let origin: Int64
    private let frame: WindowFrame
    private let parts: AggregateParts
    private let column: AggregateColumn

    init(_ source: inout ByteSource, _ frame: WindowFrame, _ parts: AggregateParts, _ column: AggregateColumn) throws(ChunkError) {
        (self.frame, self.parts, self.column) = (frame, parts, column)
        form = try ValueForm(&source)
        exceptions = try source.takeSized()
        origin = try source.takeSigned()
    }

    private var wanted: Int { frame.wanted.upperBound }

    func read(_ source: inout ByteSource) throws(ChunkError) {
        let lasts = integers(column.lasts)
        try readLasts(IntegerColumn(&source), lasts)
        if !parts.isEmpty {
            let firsts = integers(column.firsts)
            try readFirsts(IntegerColumn(&source), lasts, firsts)
            try readResets(&source, lasts, firsts)
            try readExtremes(&source, lasts, firsts)
            if parts.contains(.sum) {
                let sums = try SumColumn(&source, form, frame, lasts, firsts)
                guard source.isAtEnd else { throw source.error("bytes behind the last column") }
                try sums.read(column.counts + column.count, column.sums + column.count)
            }
            if parts.contains(.first) { form.restore(column.firsts + column.count, wanted) }
        }
        form.restore(column.lasts + column.count, wanted)
        try readExceptions()
    }

    private func integers(_ values: UnsafeMutablePointer<Double>) -> Integers {
        UnsafeMutableRawPointer(values + column.count).assumingMemoryBound(to: Int64.self)
    }

    private func readLasts(_ steps: IntegerColumn, _ lasts: Integers) throws(ChunkError) {
        if steps.isConstant {
            for i in 0..<wanted { lasts[i] = origin &+ steps.centre &* Int64(i &+ 1) }
            return
        }
        try steps.read(wanted, of: frame.count, into: lasts)
        var last = origin
        for i in 0..<wanted {
            last &+= lasts[i]
            lasts[i] = last
        }
    }

    private func readFirsts(_ steps: IntegerColumn, _ lasts: Integers, _ firsts: Integers) throws(ChunkError) {
        try steps.read(wanted, of: frame.count, into: firsts)
        firsts[0] &+= origin
        for i in 1..<max(wanted, 1) { firsts[i] &+= lasts[i &- 1] }
    }

    private func readResets(_ source: inout ByteSource, _ lasts: Integers, _ firsts: Integers) throws(ChunkError) {
        let isWanted = parts.contains(.resets)
        let (resets, lost) = (column.resets + column.count, column.lost + column.count)
        guard frame.flags.contains(.resets) else {
            if isWanted {
                resets.update(repeating: 0, count: wanted)
                lost.update(repeating: 0, count: wanted)
            }
            return
        }
        let numbers = try IntegerColumn(&source)
        let sums = try SumColumn(&source, form, frame, lasts, firsts)
        guard isWanted else { return }
        try numbers.read(wanted, of: frame.count, into: resets)
        var signs: Int64 = 0
        for i in 0..<wanted { signs |= resets[i] | (Aggregate.greatestCount &- resets[i]) }
        guard signs >= 0 else { throw source.error("a window of fewer than no resets, or of too many") }
        try sums.read(resets, lost)
    }

    private func readExtremes(_ source: inout ByteSource, _ lasts: Integers, _ firsts: Integers) throws(ChunkError) {
        let below = try IntegerColumn(&source)
        let above = try IntegerColumn(&source)
        guard parts.contains(.extremes) else { return }
        let (minima, maxima) = (integers(column.minima), integers(column.maxima))
        try below.read(wanted, of: frame.count, into: minima)
        try above.read(wanted, of: frame.count, into: maxima)
        for i in 0..<wanted {
            minima[i] = min(firsts[i], lasts[i]) &- minima[i]
            maxima[i] = max(firsts[i], lasts[i]) &+ maxima[i]
        }
        form.restore(column.minima + column.count, wanted)
        form.restore(column.maxima + column.count, wanted)
    }

    private func readExceptions() throws(ChunkError) {
        var exceptions = exceptions
        var index: UInt64 = 0
        while !exceptions.isAtEnd {
            let (next, overflow) = index.addingReportingOverflow(try exceptions.takeUnsigned())
            guard !overflow, next < UInt64(frame.count) else { throw exceptions.error("a value behind the last window") }
            index = next
            guard let field = WindowField(rawValue: try exceptions.takeByte()) else { throw exceptions.error("a value of no known kind") }
            let value = Double(bitPattern: try exceptions.takeWord())
            if index < UInt64(wanted) { put(value, field, column.count + Int(index)) }
        }
    }

    /// What was not asked for is overwritten to no harm.
    private func put(_ value: Double, _ field: WindowField, _ index: Int) {
        switch field {
        case .last: column.lasts[index] = value
        case .first: column.firsts[index] = value
        case .minimum: column.minima[index] = value
        case .maximum: column.maxima[index] = value
        case .sum: column.sums[index] = value
        case .lost: column.lost[index] = value
        }
    }
}

/// The values of a window, by the numbers that chunks have for them.
enum WindowField: UInt8 {
    case last, first, minimum, maximum, sum, lost
}

extension ValueForm {
    private static let bitsCode: UInt8 = 0xff

    init(_ source: inout ByteSource) throws(ChunkError) {
        let code = try source.takeByte()
        guard code != Self.bitsCode else {
            self = .bits
            return
        }
        guard code <= Self.mostPlaces else { throw source.error("values of form \(code)") }
        self = .decimal(places: Int(code), factor: Int64(bitPattern: try source.takeUnsigned()))
    }

    func put(_ sink: inout ByteSink) {
        switch self {
        case .bits: sink.put(Self.bitsCode)
        case .decimal(let places, let factor):
            sink.put(UInt8(places))
            sink.put(unsigned: UInt64(factor))
        }
    }
}
