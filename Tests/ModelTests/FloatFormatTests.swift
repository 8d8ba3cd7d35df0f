import Model
import TestKit
import Testing

/// A value and its text in the three forms.
struct FloatTexts: Sendable, CustomTestStringConvertible {
    let value: Double
    let plain: String
    let api: String
    let general: String

    init(_ value: Double, _ plain: String, api: String? = nil, general: String? = nil) {
        self.value = value
        self.plain = plain
        self.api = api ?? plain
        self.general = general ?? plain
    }

    var testDescription: String { plain.count > 40 ? "\(plain.count) characters, \(api)" : plain }
}

@Suite("Floats as text")
struct FloatFormatTests {
    private static func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }

    static let texts: [FloatTexts] = [
        FloatTexts(0, "0"), FloatTexts(-0.0, "-0"), FloatTexts(1, "1"), FloatTexts(-1, "-1"), FloatTexts(1.5, "1.5"), FloatTexts(-2.25, "-2.25"),
        FloatTexts(.nan, "NaN"), FloatTexts(.infinity, "+Inf"), FloatTexts(-.infinity, "-Inf"),
        FloatTexts(0.1, "0.1"), FloatTexts(0.1 + 0.2, "0.30000000000000004"), FloatTexts(1.0 / 3, "0.3333333333333333"),
        FloatTexts(100, "100"), FloatTexts(99_999, "99999"), FloatTexts(123_456, "123456"), FloatTexts(999_999, "999999"),
        FloatTexts(123_456.75, "123456.75"), FloatTexts(999_999.5, "999999.5"),
        // From 10⁶ on the general form has an exponent, however many digits there are.
        FloatTexts(1e6, "1000000", general: "1e+06"), FloatTexts(-1e6, "-1000000", general: "-1e+06"),
        FloatTexts(1_000_001, "1000001", general: "1.000001e+06"), FloatTexts(1_234_567.5, "1234567.5", general: "1.2345675e+06"),
        FloatTexts(123_456_789, "123456789", general: "1.23456789e+08"), FloatTexts(1.7e9, "1700000000", general: "1.7e+09"),
        // Whole numbers around the fast path's end and the last exact one.
        FloatTexts(999_999_999_999_999, "999999999999999", general: "9.99999999999999e+14"), FloatTexts(1e15, "1000000000000000", general: "1e+15"),
        FloatTexts(1_000_000_000_000_001, "1000000000000001", general: "1.000000000000001e+15"),
        FloatTexts(999_999_999_999_999.9, "999999999999999.9", general: "9.999999999999999e+14"),
        FloatTexts(0x1p53, "9007199254740992", general: "9.007199254740992e+15"), FloatTexts(1e16, "10000000000000000", general: "1e+16"),
        FloatTexts(0x1p63, "9223372036854776000", general: "9.223372036854776e+18"),
        // The API's form has an exponent from 10²¹ on.
        FloatTexts(1e20, "1" + zeros(20), general: "1e+20"),
        FloatTexts(123_456_789_012_345_683_968, "123456789012345680000", general: "1.2345678901234568e+20"),
        FloatTexts(1e21.nextDown, "999999999999999900000", general: "9.999999999999999e+20"),
        FloatTexts(1e21, "1" + zeros(21), api: "1e+21", general: "1e+21"), FloatTexts(-1e21, "-1" + zeros(21), api: "-1e+21", general: "-1e+21"),
        FloatTexts(1.5e22, "15" + zeros(21), api: "1.5e+22", general: "1.5e+22"),
        FloatTexts(1e100, "1" + zeros(100), api: "1e+100", general: "1e+100"),
        FloatTexts(
            .greatestFiniteMagnitude, "17976931348623157" + zeros(292), api: "1.7976931348623157e+308", general: "1.7976931348623157e+308"),
        // Below 10⁻⁴ the general form has one, below 10⁻⁶ the API's too.
        FloatTexts(0.001, "0.001"), FloatTexts(0.0001, "0.0001"), FloatTexts(0.00012345, "0.00012345"),
        FloatTexts(0.000099, "0.000099", general: "9.9e-05"), FloatTexts(0.00001, "0.00001", general: "1e-05"),
        FloatTexts(1e-6, "0.000001", general: "1e-06"), FloatTexts(1.5e-6, "0.0000015", general: "1.5e-06"),
        FloatTexts(9.9e-7, "0.00000099", api: "9.9e-07", general: "9.9e-07"), FloatTexts(1e-7, "0.0000001", api: "1e-07", general: "1e-07"),
        FloatTexts(-1e-7, "-0.0000001", api: "-1e-07", general: "-1e-07"),
        FloatTexts(1e-10, "0." + zeros(9) + "1", api: "1e-10", general: "1e-10"),
        FloatTexts(1e-100, "0." + zeros(99) + "1", api: "1e-100", general: "1e-100"),
        // Subnormals.
        FloatTexts(.leastNonzeroMagnitude, "0." + zeros(323) + "5", api: "5e-324", general: "5e-324"),
        FloatTexts(
            .leastNormalMagnitude, "0." + zeros(307) + "22250738585072014", api: "2.2250738585072014e-308", general: "2.2250738585072014e-308"),
        FloatTexts(
            Double.leastNormalMagnitude.nextDown, "0." + zeros(307) + "2225073858507201", api: "2.225073858507201e-308",
            general: "2.225073858507201e-308"),
    ]

    @Test("as Go writes them", arguments: texts)
    func writes(_ texts: FloatTexts) {
        #expect(FloatFormat.plain(texts.value) == texts.plain)
        #expect(FloatFormat.api(texts.value) == texts.api)
        #expect(FloatFormat.general(texts.value) == texts.general)
        var bytes = Array("x=".utf8)
        FloatFormat.appendAPI(texts.value, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "x=" + texts.api)
    }

    /// All floats, those with few decimals, and whole numbers of every length.
    @Test("read back as they were, with the fewest digits")
    func readsBack() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed)
        for round in 0..<20_000 {
            var value = Double(bitPattern: random.next())
            if round % 2 == 1 { value = Double(random.next() >> UInt64.random(in: 11...63, using: &random)) }
            if round % 4 == 3 { value /= [10, 100, 1000, 10_000, 1_000_000][round / 4 % 5] }
            guard value.isFinite else { continue }
            let texts = [FloatFormat.plain(value), FloatFormat.api(value), FloatFormat.general(value)]
            let digits = Self.digits(value.description)
            if texts.contains(where: { Double($0)?.bitPattern != value.bitPattern || Self.digits($0) != digits }) {
                Issue.record("\(value) became \(texts); seed \(seed)")
            }
        }
    }

    /// Powers of two and of ten and their neighbours, subnormal ones too: where the distance to the next float changes, or digits are fewest.
    @Test("powers and their neighbours have the fewest digits")
    func powers() {
        let twos = (-1074...1023).map { Double(sign: .plus, exponent: $0, significand: 1) }
        let tens = (-323...308).compactMap { Double("1e\($0)") }
        for value in (twos + tens).flatMap({ [$0, $0.nextUp, $0.nextDown, $0 * 3] }) where value.isFinite && value > 0 {
            let text = FloatFormat.api(value)
            #expect(Double(text) == value)
            #expect(Self.digits(text) == Self.digits(value.description), "\(value)")
        }
    }

    /// The digits that count.
    private static func digits(_ text: String) -> String {
        var digits = text.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }
        while digits.last == "0" { digits.removeLast() }
        return String(digits)
    }

    @Test("whole numbers of every length")
    func wholeNumbers() {
        var numbers: [UInt64] = [0, .max]
        var power: UInt64 = 1
        for _ in 0..<20 {
            numbers += [power - 1, power, power + 1, power &* 9 / 10 * 9]
            power = power &* 10
        }
        for number in numbers {
            let text = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalText.room) { buffer in
                buffer.baseAddress.map { String(decoding: buffer[..<DecimalText.write(number, to: $0)], as: UTF8.self) }
            }
            #expect(text == String(number))
        }
    }
}
