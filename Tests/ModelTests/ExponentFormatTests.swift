import Model
import TestKit
import Testing

struct ExponentFormatTests {
    @Test(
        arguments: [
            (0, "0e+00"), (-0.0, "-0e+00"), (1, "1e+00"), (-2.5, "-2.5e+00"), (10, "1e+01"), (123_456.789, "1.23456789e+05"), (0.1, "1e-01"),
            (0.00025, "2.5e-04"), (1e100, "1e+100"), (1.5e-7, "1.5e-07"), (9_007_199_254_740_993, "9.007199254740992e+15"), (1e16, "1e+16"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.leastNonzeroMagnitude, "5e-324"), (.nan, "NaN"), (.infinity, "+Inf"),
            (-.infinity, "-Inf"),
        ] as [(Double, String)])
    func texts(value: Double, text: String) { #expect(ExponentFormat.text(value) == text) }

    @Test func everyNumberComesBack() {
        var random = SeededRandom(7)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let text = ExponentFormat.text(value)
            #expect(Double(text) == value, "\(text)")
            #expect(text.wholeMatch(of: /-?\d(\.\d*[1-9])?e[+-]\d\d\d?/) != nil, "\(text)")
        }
    }
}
