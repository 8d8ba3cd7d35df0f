import Model

/// Sums of values, one for each window:
///
///     | 0 | column: integers | column: units in the last place |     by the value form, and how many doubles further the sum is
///     | 1 | column: integers |                                       by their bits
///
/// What is expected is the number of summands times the mean of the first and the last value.
struct SumColumn {
    private let isDecimal: Bool
    private let integers: IntegerColumn
    private let corrections: IntegerColumn?
    private let form: ValueForm
    private let frame: WindowFrame
    private let lasts: UnsafeMutablePointer<Int64>
    private let firsts: UnsafeMutablePointer<Int64>

    init(
        _ source: inout ByteSource, _ form: ValueForm, _ frame: WindowFrame, _ lasts: UnsafeMutablePointer<Int64>,
        _ firsts: UnsafeMutablePointer<Int64>
    ) throws(ChunkError) {
        (self.form, self.frame, self.lasts, self.firsts) = (form, frame, lasts, firsts)
        let code = try source.takeByte()
        guard code <= 1 else { throw source.error("sums of form \(code)") }
        isDecimal = code == 0
        integers = try IntegerColumn(&source)
        corrections = isDecimal ? try IntegerColumn(&source) : nil
    }

    func read(_ numbers: UnsafeMutablePointer<Int64>, _ sums: UnsafeMutablePointer<Double>) throws(ChunkError) {
        let wanted = frame.wanted.upperBound
        let memory = UnsafeMutableRawPointer(sums).assumingMemoryBound(to: Int64.self)
        try integers.read(wanted, of: frame.count, into: memory)
        guard isDecimal else {
            for i in 0..<wanted { sums[i] = OrderedBits.value(memory[i] &+ Self.expectedBits(numbers[i], firsts[i], lasts[i], form)) }
            return
        }
        for i in 0..<wanted { memory[i] &+= Self.expected(numbers[i], firsts[i], lasts[i]) }
        form.restore(sums, wanted)
        try correct(sums, wanted)
    }

    private func correct(_ sums: UnsafeMutablePointer<Double>, _ wanted: Int) throws(ChunkError) {
        guard let corrections, !corrections.isConstant || corrections.centre != 0 else { return }
        let units = UnsafeMutablePointer<Int64>.allocate(capacity: wanted)
        defer { units.deallocate() }
        try corrections.read(wanted, of: frame.count, into: units)
        for i in 0..<wanted { sums[i] = OrderedBits.value(OrderedBits.integer(sums[i]) &+ units[i]) }
    }

    @inline(__always)
    static func expected(_ number: Int64, _ first: Int64, _ last: Int64) -> Int64 { (number &* (first &+ last)) &>> 1 }

    static func expectedBits(_ number: Int64, _ first: Int64, _ last: Int64, _ form: ValueForm) -> Int64 {
        let sum = Double(number) * (form.value(first) / 2 + form.value(last) / 2)
        // The bits of a NaN depend on the processor.
        return sum.isFinite ? OrderedBits.integer(sum) : 0
    }
}
