import Model

/// Writes the values of a chunk's windows.
struct WindowValues {
    private let column: AggregateColumn
    private let part: Range<Int>
    private let form: ValueForm
    let hasResets: Bool

    init(_ column: AggregateColumn, _ part: Range<Int>) {
        (self.column, self.part) = (column, part)
        form = ValueForm(column, part)
        hasResets = part.contains { column.counts[$0] > 0 && (column.resets[$0] != 0 || column.lost[$0].bitPattern != 0) }
    }

    func encode(_ sink: inout ByteSink) {
        var exceptions = Exceptions()
        let values = integers(&exceptions)
        var columns = ByteSink()
        columns.put(signed: values.origin)
        columns.put(column: values.lastSteps)
        columns.put(column: values.firstSteps)
        if hasResets {
            columns.put(column: part.map { column.counts[$0] > 0 ? column.resets[$0] : 0 })
            put(column.lost, .lost, numbers: column.resets, values, &columns, &exceptions)
        }
        columns.put(column: values.below)
        columns.put(column: values.above)
        put(column.sums, .sum, numbers: column.counts, values, &columns, &exceptions)
        form.put(&sink)
        sink.putSized(exceptions.encode)
        sink.put(columns.bytes)
    }

    /// The integers of first and last values, and how far all are from what was expected.
    private struct Integers {
        var origin: Int64 = 0
        var lasts: [Int64] = []
        var firsts: [Int64] = []
        var lastSteps: [Int64] = []
        var firstSteps: [Int64] = []
        var below: [Int64] = []
        var above: [Int64] = []

        init(capacity: Int) {
            for path in [\Self.lasts, \.firsts, \.lastSteps, \.firstSteps, \.below, \.above] { self[keyPath: path].reserveCapacity(capacity) }
        }
    }

    private func integers(_ exceptions: inout Exceptions) -> Integers {
        var integers = Integers(capacity: part.count)
        integers.origin = part.lazy.filter { column.counts[$0] > 0 }.compactMap { form.exactInteger(column.lasts[$0]) }.first ?? 0
        var before = integers.origin
        for i in part {
            let isEmpty = column.counts[i] == 0
            /// What a window has no value for, or none that the form could express, is as expected.
            func integer(_ value: Double, _ field: WindowField, expected: Int64) -> Int64 {
                if isEmpty { return expected }
                if let exact = form.exactInteger(value) { return exact }
                exceptions.add(value, field, i - part.lowerBound)
                return expected
            }
            let last = integer(column.lasts[i], .last, expected: before)
            let first = integer(column.firsts[i], .first, expected: before)
            integers.lasts.append(last)
            integers.firsts.append(first)
            integers.lastSteps.append(last &- before)
            integers.firstSteps.append(first &- before)
            let (low, high) = (min(first, last), max(first, last))
            integers.below.append(low &- integer(column.minima[i], .minimum, expected: low))
            integers.above.append(integer(column.maxima[i], .maximum, expected: high) &- high)
            before = last
        }
        return integers
    }

    /// Writes sums in the shorter of their two forms.
    private func put(
        _ sums: UnsafeMutablePointer<Double>, _ field: WindowField, numbers: UnsafeMutablePointer<Int64>, _ values: Integers,
        _ sink: inout ByteSink, _ exceptions: inout Exceptions
    ) {
        let decimal = form == .bits ? nil : decimals(sums, field, numbers, values)
        if let decimal, decimal.isExact { return decimal.put(&sink, &exceptions) }
        var bits = ByteSink()
        bits.put(1)
        bits.put(
            column: part.map { i in
                let place = i - part.lowerBound
                let number = column.counts[i] == 0 ? 0 : numbers[i]
                let expected = SumColumn.expectedBits(number, values.firsts[place], values.lasts[place], form)
                return column.counts[i] == 0 ? 0 : OrderedBits.integer(sums[i]) &- expected
            })
        if let decimal, decimal.byteCount <= bits.bytes.count { return decimal.put(&sink, &exceptions) }
        sink.put(bits.bytes)
    }

    private struct Decimals {
        var columns = ByteSink()
        var exceptions = Exceptions()
        /// Whether all sums are decimals to the bit.
        var isExact = true

        var byteCount: Int { columns.bytes.count + exceptions.byteCount }

        func put(_ sink: inout ByteSink, _ all: inout Exceptions) {
            sink.put(columns.bytes)
            all.add(exceptions)
        }
    }

    private func decimals(
        _ sums: UnsafeMutablePointer<Double>, _ field: WindowField, _ numbers: UnsafeMutablePointer<Int64>, _ values: Integers
    ) -> Decimals {
        var decimals = Decimals()
        var (steps, corrections): ([Int64], [Int64]) = ([], [])
        steps.reserveCapacity(part.count)
        corrections.reserveCapacity(part.count)
        for i in part {
            var (step, correction): (Int64, Int64) = (0, 0)
            if column.counts[i] > 0 {
                let place = i - part.lowerBound
                if let integer = form.integer(sums[i]) {
                    step = integer &- SumColumn.expected(numbers[i], values.firsts[place], values.lasts[place])
                    correction = OrderedBits.integer(sums[i]) &- OrderedBits.integer(form.value(integer))
                } else {
                    decimals.exceptions.add(sums[i], field, place)
                }
            }
            steps.append(step)
            corrections.append(correction)
            decimals.isExact = decimals.isExact && correction == 0
        }
        decimals.columns.put(0)
        decimals.columns.put(column: steps)
        decimals.columns.put(column: corrections)
        decimals.isExact = decimals.isExact && decimals.exceptions.isEmpty
        return decimals
    }
}

/// The values of a chunk that its form cannot express: each with how many windows further it is than the one before.
struct Exceptions {
    private var values: [(index: Int, field: WindowField, value: Double)] = []

    var isEmpty: Bool { values.isEmpty }
    var byteCount: Int { values.count * 10 }

    mutating func add(_ value: Double, _ field: WindowField, _ index: Int) { values.append((index, field, value)) }

    mutating func add(_ others: Exceptions) { values += others.values }

    func encode(_ sink: inout ByteSink) {
        var before = 0
        for (index, field, value) in values.sorted(by: { ($0.index, $0.field.rawValue) < ($1.index, $1.field.rawValue) }) {
            sink.put(unsigned: UInt64(index - before))
            sink.put(field.rawValue)
            sink.put(word: value.bitPattern)
            before = index
        }
    }
}
