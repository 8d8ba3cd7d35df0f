import Model

extension ValueForm {
    /// The integer that stands for a value to the bit; nil if there is none.
    func exactInteger(_ value: Double) -> Int64? {
        guard let integer = integer(value), self.value(integer).bitPattern == value.bitPattern else { return nil }
        return integer
    }

    /// The form that is likely to make the values of windows short.
    init(_ windows: WindowMemory) {
        var digits = DigitCount()
        for i in windows.indices where windows.counts[i] > 0 {
            digits.add(windows.lasts[i])
            digits.add(windows.firsts[i])
            digits.add(windows.minima[i])
            digits.add(windows.maxima[i])
        }
        guard let places = digits.bestPlaces else {
            self = .bits
            return
        }
        self = .decimal(places: places, factor: 1)
        let factor = commonFactor(windows)
        if factor > 1 { self = .decimal(places: places, factor: factor) }
    }

    /// What divides all integers.
    private func commonFactor(_ windows: WindowMemory) -> Int64 {
        var common: Int64 = 0
        func add(_ value: Double) {
            guard var other = exactInteger(value)?.magnitude.asInt64, other != common else { return }
            while other != 0 { (common, other) = (other, common % other) }
        }
        for i in windows.indices where windows.counts[i] > 0 {
            add(windows.lasts[i])
            add(windows.firsts[i])
            add(windows.minima[i])
            add(windows.maxima[i])
            if common == 1 { return 1 }
        }
        return max(common, 1)
    }
}

extension UInt64 {
    /// Of a number that is known to fit.
    fileprivate var asInt64: Int64 { Int64(truncatingIfNeeded: self) }
}

/// How many values need how many places behind the decimal point.
private struct DigitCount {
    private var counts = [Int](repeating: 0, count: ValueForm.mostPlaces + 1)
    private var others = 0
    private var greatest = 0.0
    private var lastValue = 0.0
    private var lastPlaces: Int? = 0

    mutating func add(_ value: Double) {
        if value.bitPattern != lastValue.bitPattern {
            lastPlaces = places(value)
            lastValue = value
            if value.isFinite { greatest = max(greatest, value.magnitude) }
        }
        if let lastPlaces { counts[lastPlaces] += 1 } else { others += 1 }
    }

    /// The fewest that are enough; most values of a series need as many as the one before.
    private func places(_ value: Double) -> Int? {
        if Self.isDecimal(value, 0) { return 0 }
        if let lastPlaces, lastPlaces > 0, Self.isDecimal(value, lastPlaces), !Self.isDecimal(value, lastPlaces - 1) { return lastPlaces }
        return (1...ValueForm.mostPlaces).first { Self.isDecimal(value, $0) }
    }

    private static func isDecimal(_ value: Double, _ places: Int) -> Bool {
        let scaled = (value * ValueForm.powers[places]).rounded()
        return scaled.magnitude <= Double(ValueForm.greatest)
            && (Double(Int64(scaled)) / ValueForm.powers[places]).bitPattern == value.bitPattern
    }

    /// A value apart takes about ninety bits, a place more about 3.3 of every value, and the bits of any value 52 less those of the greatest integer.
    var bestPlaces: Int? {
        let total = counts.reduce(others, +)
        var apart = others
        var best = (cost: Double.infinity, places: 0, apart: 0)
        for places in counts.indices.reversed() {
            let cost = Double(apart) * 90 + Double(total * places) * 3.3
            if cost <= best.cost { best = (cost, places, apart) }
            apart += counts[places]
        }
        if best.apart == 0 { return best.places }
        let digits = greatest * ValueForm.powers[best.places]
        let saved = max(52 - Double(max(digits, 1).exponent), 0) * Double(total)
        return Double(best.apart) * 90 < saved ? best.places : nil
    }
}
