import Model
import TestKit
import Testing

@Suite("Times as text")
struct RFC3339Tests {
    /// What Prometheus's API makes of them, which reads with Go's `time.Parse(time.RFC3339Nano, …)`.
    static let readable: [(String, Timestamp)] = [
        ("1970-01-01T00:00:00Z", 0),
        ("2015-07-01T20:10:51Z", 1_435_781_451_000),
        ("2015-07-01T20:10:51.781Z", 1_435_781_451_781),
        ("2015-07-01T20:10:51.5Z", 1_435_781_451_500),
        ("2015-07-01T20:10:51.05Z", 1_435_781_451_050),
        ("2015-07-01T20:10:51,5Z", 1_435_781_451_500),
        ("2015-07-01T20:10:51.9999999999999Z", 1_435_781_451_999),
        ("2015-07-01T20:10:51.123456789123Z", 1_435_781_451_123),
        ("2015-07-01T20:10:51.7819-01:30", 1_435_786_851_781),
        ("2015-07-01T20:10:51+24:00", 1_435_695_051_000),
        ("2015-07-01T20:10:51+24:60", 1_435_691_451_000),
        ("2015-07-01T2:10:51Z", 1_435_716_651_000),
        ("2015-07-01T2:10:51.5Z", 1_435_716_651_500),
        ("1960-01-01T00:00:00.0019Z", -315_619_199_999),
        ("2016-02-29T00:00:00Z", 1_456_704_000_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ]

    @Test("what Prometheus reads as a time", arguments: readable)
    func reads(text: String, time: Timestamp) { #expect(RFC3339.parse(text) == time) }

    @Test(
        "what Prometheus refuses",
        arguments: [
            "", "Z", "2015-07-01", "2015-07-01T20:10:51", "2015-07-01t20:10:51z", "2015-07-01 20:10:51Z", " 2015-07-01T20:10:51Z",
            "2015-07-01T20:10:51Z ", "2015-07-01T20:10:51.Z", "2015-07-01T20:10:51+25:00", "2015-07-01T20:10:51+00:61",
            "2015-07-01T20:10:51+0130", "2015-07-01T20:10:51+01:3", "2015-07-01T24:00:00Z", "2015-07-01T23:60:00Z", "2015-07-01T23:59:60Z",
            "2015-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2015-04-31T00:00:00Z", "2015-00-01T00:00:00Z", "2015-13-01T00:00:00Z",
            "2015-07-00T20:10:51Z", "2015-7-01T20:10:51Z", "2015-07-01T20:1:51Z", "2015-07-01T20:10:5Z", "+015-07-01T20:10:51Z",
            "12015-07-01T20:10:51Z", "２015-07-01T20:10:51Z",
        ])
    func refuses(text: String) { #expect(RFC3339.parse(text) == nil) }

    @Test(
        "both forms of writing",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            (1_435_781_451_700, "2015-07-01T20:10:51.700Z", "2015-07-01T20:10:51.7Z"), (50, "1970-01-01T00:00:00.050Z", "1970-01-01T00:00:00.05Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z", RFC3339.never),
        ] as [(Timestamp, String, String)])
    func writes(time: Timestamp, aligned: String, shortest: String) {
        #expect(RFC3339.format(time) == aligned)
        #expect(RFC3339.formatShortest(time) == shortest)
    }

    @Test("random times come back as they went out, and extreme ones do not trap")
    func roundTrip() {
        var random = SeededRandom(3)
        for _ in 0..<5000 {
            let time = Timestamp(random.below(315_000_000)) * 1_000_000 + Timestamp(random.below(1_000_000)) - 62_000_000_000_000
            #expect(RFC3339.parse(RFC3339.format(time)) == time && RFC3339.parse(RFC3339.formatShortest(time)) == time, "seed 3, \(time)")
        }
        for time in [Timestamp.min, .max] { #expect(RFC3339.format(time).hasSuffix("Z")) }
    }

    @Test("broken times are refused or read, never a trap")
    func mutations() {
        var random = SeededRandom(4)
        let alphabet = Array("0129-+:.,TZtz \0é".utf8)
        for _ in 0..<5000 {
            var bytes = Array(Self.readable[random.below(Self.readable.count)].0.utf8)
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = alphabet[random.below(alphabet.count)] }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let time = RFC3339.parse(text) else { continue }
            #expect(abs(time) < 300_000_000_000_000, "seed 4, \(quoted(text))")
        }
    }
}

@Suite("The calendar")
struct CivilDateTests {
    @Test("days follow one another through leap years and centuries")
    func succession() {
        var expected = CivilDate(year: 1890, month: 1, day: 1)
        for day in expected.daysSince1970..<CivilDate(year: 2110, month: 1, day: 1).daysSince1970 {
            let date = CivilDate(daysSince1970: day)
            #expect(date == expected && date.daysSince1970 == day)
            let isMonthEnd = date.day == CivilDate.days(inMonth: date.month, of: date.year)
            let isYearEnd = isMonthEnd && date.month == 12
            expected = CivilDate(
                year: date.year + (isYearEnd ? 1 : 0), month: isYearEnd ? 1 : date.month + (isMonthEnd ? 1 : 0), day: isMonthEnd ? 1 : date.day + 1)
        }
    }

    @Test("leap years", arguments: [(1900, false), (2000, true), (2015, false), (2016, true), (2100, false), (0, true), (-4, true)])
    func leapYears(year: Int, isLeap: Bool) {
        #expect(CivilDate.isLeap(year) == isLeap)
        #expect(CivilDate.days(inMonth: 2, of: year) == (isLeap ? 29 : 28))
    }
}
