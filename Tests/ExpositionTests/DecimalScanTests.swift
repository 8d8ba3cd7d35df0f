import Glibc
import Model
import Testing

@Suite("Exact numbers")
struct DecimalScanTests {
    /// What strtod gives must be what we give, bit by bit, whenever the fast path takes the number.
    private func compare(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var offset = 0
        let scanned = bytes.withUnsafeBufferPointer { buffer -> Double? in
            guard let base = buffer.baseAddress else { return nil }
            return DecimalScan.scan(base, &offset, end: buffer.count)
        }
        guard let scanned else { return false }
        #expect(scanned.bitPattern == strtod(text, nil).bitPattern && offset == bytes.count, "\(text)")
        return true
    }

    @Test(arguments: [
        "0", "-0", "1", "+1", "1.", ".5", "0.1", "0.30000000000000004", "9007199254740993", "9007199254740992", "9007199254740991.5",
        "18446744073709551615", "9999999999999999999", "1e22", "1e-22", "4.35", "2.279966416e+09", "1.7268398142239082e+09",
        "0.013300656000000001", "-0.0003825067330956884", "0.9999999999999999999", "1844674407370955161.5", "0e999", "0.0000000000000000001",
        "9223372036854775807", "9223372036854775808e-19", "4503599627370496.5", "4503599627370497.5", "0000000001.2e-1",
    ])
    func awkwardDecimals(text: String) { _ = compare(text) }

    @Test(arguments: ["", "-", ".", "e5", "NaN", "Inf", "1e", "1e+", "12345678901234567890", "1e300", "123456789012345678e5"])
    func leftToTheSlowPath(text: String) {
        var offset = 0
        let value = Array(text.utf8).withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap { DecimalScan.scan($0, &offset, end: buffer.count) }
        }
        #expect(value == nil)
    }

    @Test func randomNumbersAreStrtods() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var taken = 0
        for _ in 0..<20_000 {
            let digits = random.next() >> UInt64.random(in: 0..<60, using: &random)
            let whole = String(digits)
            let point = Int.random(in: 0...whole.count, using: &random)
            var text = whole.prefix(point) + "." + whole.dropFirst(point)
            if Bool.random(using: &random) { text += "e\(Int.random(in: -22...22, using: &random))" }
            if compare(String(text)) { taken += 1 }
            // The shortest form of any double, as exporters write them.
            let value = Double(bitPattern: (random.next() & 0x800f_ffff_ffff_ffff) | UInt64.random(in: 960...1090, using: &random) << 52)
            if compare("\(value)") { taken += 1 }
        }
        #expect(taken > 20_000, "the fast path takes most numbers: \(taken)")
    }
}
