import Model

/// Writes the values of a chunk's windows.
struct WindowValues {
    private let windows: WindowMemory
    private let form: ValueForm
    let hasResets: Bool

    init(_ windows: WindowMemory) {
        self.windows = windows
        form = ValueForm(windows)
        hasResets = windows.indices.contains { windows.counts[$0] > 0 && (windows.resets[$0] != 0 || windows.lost[$0].bitPattern != 0) }
    }

    func encode(_ sink: inout ByteSink) {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: windows.count * Integers.columns) { memory in
            guard let base = memory.baseAddress else { return }
            encode(Integers(base, windows.count), &sink)
        }
    }

    private func encode(_ integers: Integers, _ sink: inout ByteSink) {
        var exceptions = Exceptions()
        let origin = fill(integers, &exceptions)
        var columns = ByteSink(capacity: 64 + windows.count * 4)
        let before = { (i: Int) in i == 0 ? origin : integers.lasts[i - 1] }
        columns.put(signed: origin)
        columns.put(column: windows.count) { integers.lasts[$0] &- before($0) }
        columns.put(column: windows.count) { integers.firsts[$0] &- before($0) }
        if hasResets {
            columns.put(column: windows.count) { isEmpty($0) ? 0 : windows.resets[$0] }
            put(windows.lost, .lost, numbers: windows.resets, integers, &columns, &exceptions)
        }
        columns.put(column: windows.count) { min(integers.firsts[$0], integers.lasts[$0]) &- integers.minima[$0] }
        columns.put(column: windows.count) { integers.maxima[$0] &- max(integers.firsts[$0], integers.lasts[$0]) }
        put(windows.sums, .sum, numbers: windows.counts, integers, &columns, &exceptions)
        form.put(&sink)
        sink.putSized(exceptions.encode)
        sink.put(columns.bytes)
    }

    private func isEmpty(_ i: Int) -> Bool { windows.counts[i] == 0 }

    /// The integers that stand for values, in bare memory.
    private struct Integers {
        typealias Column = UnsafeMutablePointer<Int64>

        static let columns = 4
        let lasts: Column
        let firsts: Column
        let minima: Column
        let maxima: Column

        init(_ memory: Column, _ count: Int) { (lasts, firsts, minima, maxima) = (memory, memory + count, memory + 2 * count, memory + 3 * count) }
    }

    /// Fills the memory. Returns what the first window's integers are told by.
    private func fill(_ integers: Integers, _ exceptions: inout Exceptions) -> Int64 {
        let origin = windows.indices.lazy.filter { windows.counts[$0] > 0 }.compactMap { form.exactInteger(windows.lasts[$0]) }.first ?? 0
        var before = origin
        for i in windows.indices {
            let isEmpty = windows.counts[i] == 0
            /// What a window has no value for, or none that the form could express, is as expected.
            func integer(_ value: Double, _ field: WindowField, expected: Int64) -> Int64 {
                if isEmpty { return expected }
                if let exact = form.exactInteger(value) { return exact }
                exceptions.add(value, field, i)
                return expected
            }
            let last = integer(windows.lasts[i], .last, expected: before)
            let first = integer(windows.firsts[i], .first, expected: before)
            integers.lasts[i] = last
            integers.firsts[i] = first
            integers.minima[i] = integer(windows.minima[i], .minimum, expected: min(first, last))
            integers.maxima[i] = integer(windows.maxima[i], .maximum, expected: max(first, last))
            before = last
        }
        return origin
    }

    /// Writes sums in the shorter of their two forms.
    private func put(
        _ sums: UnsafePointer<Double>, _ field: WindowField, numbers: UnsafePointer<Int64>, _ integers: Integers,
        _ sink: inout ByteSink, _ exceptions: inout Exceptions
    ) {
        var decimals: Decimals?
        if form != .bits {
            let found = self.decimals(sums, field, numbers, integers)
            if found.isExact { return found.put(&sink, &exceptions) }
            decimals = found
        }
        var bits = ByteSink(capacity: 16 + windows.count * 8)
        bits.put(1)
        bits.put(column: windows.count) { i in
            if isEmpty(i) { return 0 }
            return OrderedBits.integer(sums[i]) &- SumColumn.expectedBits(numbers[i], integers.firsts[i], integers.lasts[i], form)
        }
        if let decimals, decimals.byteCount <= bits.bytes.count { return decimals.put(&sink, &exceptions) }
        sink.put(bits.bytes)
    }

    private struct Decimals {
        let columns: ByteSink
        let exceptions: Exceptions
        /// Whether all sums are decimals to the bit.
        let isExact: Bool

        var byteCount: Int { columns.bytes.count + exceptions.byteCount }

        func put(_ sink: inout ByteSink, _ all: inout Exceptions) {
            sink.put(columns.bytes)
            all.add(exceptions)
        }
    }

    private func decimals(
        _ sums: UnsafePointer<Double>, _ field: WindowField, _ numbers: UnsafePointer<Int64>, _ integers: Integers
    ) -> Decimals {
        var columns = ByteSink(capacity: 16 + windows.count * 2)
        var exceptions = Exceptions()
        columns.put(0)
        columns.put(column: windows.count) { i in
            if isEmpty(i) { return 0 }
            if let integer = form.integer(sums[i]) { return integer &- SumColumn.expected(numbers[i], integers.firsts[i], integers.lasts[i]) }
            exceptions.add(sums[i], field, i)
            return 0
        }
        var wrong: Int64 = 0
        columns.put(column: windows.count) { i in
            guard !isEmpty(i), let integer = form.integer(sums[i]) else { return 0 }
            let correction = OrderedBits.integer(sums[i]) &- OrderedBits.integer(form.value(integer))
            wrong |= correction
            return correction
        }
        return Decimals(columns: columns, exceptions: exceptions, isExact: wrong == 0 && exceptions.isEmpty)
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
