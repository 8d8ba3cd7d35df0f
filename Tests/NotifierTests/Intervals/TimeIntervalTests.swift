import Model
import StrictYAML
import Testing

@testable import Notifier

@Suite("Time intervals")
struct TimeIntervalTests {
    private static func interval(_ text: String) throws -> TimeInterval {
        let document = "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [\(text)]}]"
        let configuration = try NotifierConfiguration.read(Array(document.utf8), file: "am.yml", zones: systemZones)
        return try #require(configuration.timeIntervals.first?.intervals.first)
    }

    @Test(
        "a time is in an interval if it meets all of its conditions",
        arguments: [
            ("{}", "2027-02-03T04:05:06Z", true),
            ("{times: [{start_time: '09:00', end_time: '17:00'}]}", "2027-02-03T08:59:59.999Z", false),
            ("{times: [{start_time: '09:00', end_time: '17:00'}]}", "2027-02-03T09:00:00Z", true),
            ("{times: [{start_time: '09:00', end_time: '17:00'}]}", "2027-02-03T16:59:59.999Z", true),
            ("{times: [{start_time: '09:00', end_time: '17:00'}]}", "2027-02-03T17:00:00Z", false),
            ("{times: [{start_time: '17:00', end_time: '24:00'}, {start_time: '00:00', end_time: '09:00'}]}", "2027-02-03T23:59:59Z", true),
            ("{times: []}", "2027-02-03T23:59:59Z", false),
            ("{weekdays: ['monday:friday']}", "2027-02-05T00:00:00Z", true), ("{weekdays: ['monday:friday']}", "2027-02-06T00:00:00Z", false),
            ("{weekdays: [saturday, Sunday]}", "2027-02-07T12:00:00Z", true), ("{days_of_month: [1]}", "2027-02-01T12:00:00Z", true),
            ("{days_of_month: ['-1']}", "2027-02-28T12:00:00Z", true), ("{days_of_month: ['-1']}", "2028-02-28T12:00:00Z", false),
            ("{days_of_month: ['-1']}", "2028-02-29T12:00:00Z", true), ("{days_of_month: ['-3:-1']}", "2027-04-28T12:00:00Z", true),
            ("{days_of_month: ['-3:-1']}", "2027-04-27T12:00:00Z", false), ("{days_of_month: ['1:31']}", "2027-02-28T12:00:00Z", true),
            ("{days_of_month: ['30:31']}", "2027-02-28T12:00:00Z", false), ("{days_of_month: ['-31:-30']}", "2027-02-01T12:00:00Z", false),
            ("{days_of_month: ['5:-20']}", "2027-02-09T12:00:00Z", true), ("{months: ['january:march', '12']}", "2027-12-31T23:59:59Z", true),
            ("{months: ['january:march', '12']}", "2027-04-01T00:00:00Z", false), ("{months: ['13']}", "2027-04-01T00:00:00Z", false),
            ("{years: [2026, '2028:2030']}", "2027-04-01T00:00:00Z", false), ("{years: [2026, '2028:2030']}", "2030-04-01T00:00:00Z", true),
            ("{weekdays: [monday], months: [june]}", "2027-06-07T00:00:00Z", true),
            ("{weekdays: [monday], months: [june]}", "2027-06-08T00:00:00Z", false),
        ])
    func contains(text: String, time: String, expected: Bool) throws {
        #expect(try Self.interval(text).contains(try #require(RFC3339.parse(time))) == expected)
    }

    @Test(
        "clocks of a place count, on the days they are changed too",
        arguments: [
            // 9 o'clock in Berlin is 8 in UTC in winter and 7 in summer.
            ("Europe/Berlin", "2027-03-27T08:00:00Z", true), ("Europe/Berlin", "2027-03-27T07:59:59Z", false),
            ("Europe/Berlin", "2027-03-28T07:00:00Z", true), ("Europe/Berlin", "2027-03-28T06:59:59Z", false),
            ("Europe/Berlin", "2027-10-30T07:00:00Z", true), ("Europe/Berlin", "2027-10-31T07:59:59Z", false),
            ("Europe/Berlin", "2027-10-31T08:00:00Z", true), ("America/New_York", "2027-01-04T14:00:00Z", true),
            ("America/New_York", "2027-07-05T13:00:00Z", true), ("Asia/Kathmandu", "2027-07-05T03:15:00Z", true),
            ("Asia/Kathmandu", "2027-07-05T03:14:00Z", false),
        ])
    func zones(zone: String, time: String, expected: Bool) throws {
        let interval = try Self.interval("{times: [{start_time: '09:00', end_time: '10:00'}], location: \(zone)}")
        #expect(interval.contains(try #require(RFC3339.parse(time))) == expected)
    }

    @Test("of an hour that clocks skip there is nothing, and one that they repeat is there twice")
    func changedHours() throws {
        let interval = try Self.interval("{times: [{start_time: '02:00', end_time: '03:00'}], location: Europe/Berlin}")
        func minutes(_ day: String) throws -> Int {
            let start = try #require(RFC3339.parse(day))
            return (0..<1440).count { interval.contains(start + Int64($0) * 60_000) }
        }
        #expect(try minutes("2027-03-27T12:00:00Z") == 0)
        #expect(try minutes("2027-10-30T12:00:00Z") == 120)
        #expect(try minutes("2027-06-01T12:00:00Z") == 60)
    }

    @Test("the day of the place counts, not that of UTC")
    func days() throws {
        let interval = try Self.interval("{weekdays: [monday], location: Pacific/Auckland}")
        #expect(interval.contains(try #require(RFC3339.parse("2027-02-07T12:00:00Z"))))
        #expect(!interval.contains(try #require(RFC3339.parse("2027-02-08T12:00:00Z"))))
    }

    @Test("a time of day comes once every day, when clocks are changed too")
    func daily() throws {
        for (minute, zone) in [(540, "Europe/Berlin"), (150, "Europe/Berlin"), (0, "America/Sao_Paulo"), (120, "Australia/Lord_Howe"), (30, "UTC")] {
            let daily = DailyTime(minute: minute, zone: try systemZones.zone(zone))
            var time = try #require(RFC3339.parse("2025-12-31T23:00:00Z"))
            var days: [Int] = []
            for _ in 0..<800 {
                let next = daily.next(after: time)
                #expect(next > time)
                days.append(daily.zone.local(next).date.daysSince1970)
                time = next
            }
            #expect(zip(days, days.dropFirst()).allSatisfy { $1 == $0 + 1 }, Comment(rawValue: zone))
        }
    }
}
