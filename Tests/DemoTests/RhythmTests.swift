import Testing

@testable import Demo

/// Wednesday, 4 March 2026, 00:00 UTC.
private let wednesday = 1_772_582_400.0

@Suite("The rhythm of the demo's load")
struct RhythmTests {
    @Test("the day is busier than the night, the week busier than its end")
    func levels() {
        let level = { (day: Double, hour: Double) in Rhythm.level(at: wednesday + day * 86_400 + hour * 3600) }
        #expect(level(0, 14) > 5 * level(0, 3))
        #expect(level(4, 14) < 0.7 * level(0, 14))
        #expect(level(0, 23.999) > 0.2)
        for minute in 0..<(7 * 1440) {
            let now = Rhythm.level(at: wednesday + Double(minute) * 60)
            #expect(now > 0 && now <= 1)
        }
    }

    @Test("requests come faster at the peak than at night")
    func requests() throws {
        let rate = { (hour: Double) in
            let activity = { (time: Double) in Activity("rate", Scene(seed: 1, now: time), cycle: 1e6, cell: 60).events(100, "x") }
            let begin = wednesday + hour * 3600
            return (activity(begin + 1800) - activity(begin)) / 1800
        }
        #expect(rate(14) > 4 * rate(3))
        #expect(rate(14) > 60 && rate(14) < 120)
    }

    @Test("chance is spread evenly and knows no history")
    func chance() {
        let noise = Noise(seed: 42)
        let drawn = (0..<10_000).map { noise.unit(9, $0) }
        #expect(drawn.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(drawn.reduce(0, +) / 10_000 - 0.5) < 0.02)
        #expect(noise.unit(9, 77) == drawn[77])
        #expect(noise.unit(10, 77) != drawn[77])
    }
}
