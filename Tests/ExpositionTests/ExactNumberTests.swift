import Exposition
import Glibc
import Model
import TestKit
import Testing

/// A value on a page becomes the double that `strtod` makes of it, bit by bit, whichever way it is read: as part of a line that is parsed, or behind
/// the key of a known one.
@Suite("Exact values of pages")
struct ExactNumberTests {
    /// What a page's value is, read in both ways and formats; nil if it is refused in all of them.
    private func read(_ text: String) -> UInt64? {
        var found: Set<UInt64?> = []
        for (format, end) in [(ExpositionFormat.text, "\n"), (.openMetrics, "\n# EOF\n")] {
            let page = Array("a \(text)\(end)".utf8)
            page.withUnsafeBytes { page in
                var cursor = ExpositionCursor(page, format: format)
                if case .series(let line)? = try? cursor.next() { found.insert(line.value.bitPattern) } else { found.insert(nil) }
                found.insert(known(page, format)?.bitPattern)
            }
        }
        #expect(found.count == 1, "\(text) is read in \(found.count) ways")
        return found.first ?? nil
    }

    private func known(_ page: UnsafeRawBufferPointer, _ format: ExpositionFormat) -> Double? {
        var cursor = ExpositionCursor(page, format: format)
        let key = Fingerprint.shared.of(UnsafeRawBufferPointer(rebasing: page[..<1]))
        guard case .plain(let value) = cursor.takeValue(keyCount: 1, key, .shared) else { return nil }
        return value
    }

    /// Numbers too large are refused, all others are those of `strtod`.
    private func expectExact(_ text: String) {
        let wanted = strtod(text, nil)
        let value = read(text)
        if wanted.isFinite {
            #expect(value == wanted.bitPattern, "\(text)")
        } else {
            #expect(value == nil, "\(text)")
        }
    }

    private func printed(_ value: Double, _ format: String, _ precision: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1500) { buffer in
            let count = withVaList([precision, value]) { vsnprintf(buffer.baseAddress, buffer.count, format, $0) }
            return String(decoding: buffer.prefix(Int(count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    /// Any finite double, the smallest and largest as often as the others, in the forms that exporters write.
    @Test func anyDoubleInAnyForm() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed)
        for _ in 0..<mutationRounds(usual: 3000) {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let texts = [
                "\(value)", FloatFormat.general(value), printed(value, "%.*g", 17), printed(value, "%.*e", Int32(random.below(30))),
                printed(value, "%.*f", Int32(random.below(340))),
            ]
            for text in texts { expectExact(text) }
            #expect(read(texts[0]) == value.bitPattern, "seed \(seed): \(texts[0])")
        }
    }

    /// Numbers with so many digits, of which any may be the point's place, with and without an exponent.
    @Test func anyDigits() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed)
        for _ in 0..<mutationRounds(usual: 3000) {
            var text = String(repeating: "0", count: random.below(4) == 0 ? random.below(30) : 0)
            text += (0..<1 + random.below(random.below(10) == 0 ? 800 : 25)).map { _ in String(random.below(10)) }.joined()
            if random.below(2) == 0 { text.insert(".", at: text.index(text.startIndex, offsetBy: random.below(text.utf8.count + 1))) }
            if random.below(2) == 0 { text += "e\(["", "+", "-"][random.below(3)])\(random.below([10, 30, 330, 5000][random.below(4)]))" }
            expectExact(["", "-", "+"][random.below(3)] + text)
        }
    }

    /// Decimals halfway between two doubles, and those a little beside them: only all digits together say which way they are rounded.
    @Test func halfwayDecimals() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed)
        for _ in 0..<mutationRounds(usual: 300) {
            let value = Double(sign: .plus, exponent: 53 + random.below(970), significand: 1 + Double(random.next() >> 12) / 0x1p52)
            let half = value.ulp / 2
            var digits = Array(printed(value, "%.*f", 0).utf8)
            add(printed(half, "%.*f", 0), to: &digits)
            let exact = String(decoding: digits, as: UTF8.self)
            for text in [exact, exact + ".0", exact + "." + String(repeating: "0", count: 400) + "1", nudged(digits)] { expectExact(text) }
        }
    }

    /// Whole numbers, digit by digit.
    private func add(_ other: String, to digits: inout [UInt8]) {
        var carry: UInt8 = 0
        let more = Array(other.utf8.reversed())
        for place in digits.indices {
            let at = digits.count - 1 - place
            let sum = digits[at] - 0x30 + (place < more.count ? more[place] - 0x30 : 0) + carry
            digits[at] = sum % 10 + 0x30
            carry = sum / 10
        }
        if carry > 0 { digits.insert(carry + 0x30, at: 0) }
    }

    private func nudged(_ digits: [UInt8]) -> String {
        var digits = digits
        if let last = digits.lastIndex(where: { $0 != 0x30 }) { digits[last] -= 1 }
        return String(decoding: digits, as: UTF8.self)
    }

    @Test(arguments: [
        "5e-324", "4.9406564584124654e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "2e-324", "1e-400", "2.2250738585072014e-308",
        "2.2250738585072011e-308", "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e308", "1e309", "1e0005",
        "1e-0005",
        "1e+0000000000000000000000022", "0e99999", "-0", "-0.0", "0.000", "18446744073709551616", "9007199254740993", "9007199254740992.5",
        "9007199254740993.00000000000000000000000000000000000001", "00000000000000000000000000000001", "0.00000000000000000000000000000000000000001",
        "1e22", "1e23", "123456789012345678e22", "8.98846567431158e307", "72057594037927945", "72057594037927935.5", "0.1", "1e-23", ".5", "5.",
    ])
    func awkwardDecimals(text: String) {
        expectExact(text)
        expectExact("-" + text.drop { $0 == "-" })
    }

    @Test(
        arguments: [
            ("NaN", StaleMarker.ordinaryNaN), ("nan", StaleMarker.ordinaryNaN), ("+Inf", .infinity), ("Inf", .infinity), ("-Inf", -.infinity),
            ("inf", .infinity), ("Infinity", .infinity),
        ] as [(String, Double)])
    func words(text: String, value: Double) { #expect(read(text) == value.bitPattern) }

    @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "0x1p3", "1_000", "--1", "1.2.3", "1e5.0", "+NaN", "-NaN", "1d", "Infinit", "1e5e5", "٣"])
    func noNumbers(text: String) { #expect(read(text) == nil) }
}
