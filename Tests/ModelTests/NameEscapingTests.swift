import Model
import TestKit
import Testing

struct NameEscapingTests {
    /// As a Prometheus 3.5 writes them; its underscores for `dots` are two for anything but a dot.
    private static let written: [(name: String, underscores: String, dots: String, values: String)] = [
        ("plain_total", "plain_total", "plain_total", "plain_total"),
        ("rule:sum", "rule:sum", "rule:sum", "rule:sum"),
        ("my.metric", "my_metric", "my_dot_metric", "U__my_2e_metric"),
        ("my.metric_x", "my_metric_x", "my_dot_metric__x", "U__my_2e_metric__x"),
        ("1é😀_x", "____x", "________x", "U___31__e9__1f600___x"),
        ("a b", "a_b", "a__b", "U__a_20_b"),
        ("", "", "", ""),
    ]

    @Test(arguments: written)
    func names(name: String, underscores: String, dots: String, values: String) {
        #expect(NameEscaping.underscores.escape(metric: name) == underscores)
        #expect(NameEscaping.dots.escape(metric: name) == dots)
        #expect(NameEscaping.values.escape(metric: name) == values)
        #expect(NameEscaping.allowUTF8.escape(metric: name) == name)
    }

    @Test func aColonIsNoLetterOfALabel() {
        #expect(NameEscaping.underscores.escape(label: "a:b") == "a_b")
        #expect(NameEscaping.values.escape(label: "a:b") == "U__a_3a_b")
        #expect(NameEscaping.dots.escape(label: "a_b") == "a_b")
    }

    @Test(arguments: [
        ("U__a_2e_b", "a.b"), ("U___31__e9__1f600___x", "1é😀_x"), ("U__a__b", "a_b"), ("U__", ""), ("a.b", "a.b"), ("U_", "U_"),
        ("U__a_2e", "U__a_2e"), ("U__a_zz_", "U__a_zz_"), ("U__a_d800_", "U__a_d800_"), ("U__a_1234567_", "U__a_1234567_"),
        ("U__a_+2e_", "U__a_+2e_"), ("U__a_", "U__a_"), ("U__é_2E_", "é."),
    ])
    func valuesAreReadBack(escaped: String, name: String) {
        #expect(NameEscaping.values.unescape(escaped) == name)
    }

    @Test(arguments: [("a_dot_b", "a.b"), ("a__dot__b", "a_dot_b"), ("a___dot_b", "a_.b"), ("a_dot___b", "a._b"), ("a_b", "a_b"), ("a_do", "a_do")])
    func dotsAreReadBack(escaped: String, name: String) {
        #expect(NameEscaping.dots.unescape(escaped) == name)
    }

    @Test func whatIsLostIsLeftAsItIs() {
        #expect(NameEscaping.underscores.unescape("my_metric") == "my_metric")
        #expect(NameEscaping.allowUTF8.unescape("U__a_2e_b") == "U__a_2e_b")
    }

    /// What is escaped is legacy, and codes lose nothing; nor do dots where there are no other odd characters.
    @Test func randomNames() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed)
        let letters: [Unicode.Scalar] = ["a", "Z", "_", ".", "0", ":", " ", "é", "😀", "\u{fffd}", "\n", "-"]
        for _ in 0..<2000 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...8, using: &random) { scalars.append(letters.randomElement(using: &random) ?? "a") }
            let name = String(scalars)
            guard !LabelNames.isLegacyMetricName(name) else { continue }
            for scheme in [NameEscaping.underscores, .dots, .values] {
                #expect(LabelNames.isLegacyMetricName(scheme.escape(metric: name)), "\(name)")
            }
            #expect(sameBytes(NameEscaping.values.unescape(NameEscaping.values.escape(metric: name)), name))
            #expect(sameBytes(NameEscaping.values.unescape(NameEscaping.values.escape(label: name)), name))
        }
        for name in ["a.b", "a_b.c_d", ".dot_.", "_dot_.x", "a._._b"] {
            #expect(NameEscaping.dots.unescape(NameEscaping.dots.escape(metric: name)) == name)
        }
    }
}
