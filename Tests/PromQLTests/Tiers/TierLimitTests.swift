import Model
import Synchronization
import TSDB
import Testing

@testable import PromQL

/// Queries over tiers end when they are told to, and keep to limits.
@Suite struct TierLimitTests {
    /// A sample every five minutes for a thousand hours.
    private static let source: TieredSource = {
        var series = ArraySource.Series(labels: Labels([(name: "__name__", value: "m")]))
        for number in Int64(1)...12_000 {
            series.times.append(number * 5 * TierCase.minute)
            series.values.append(Double(number))
        }
        return TieredSource([series], [TierCase.span(0, 1000, .fiveMinutes)])
    }()

    @Test("a series of many windows can be stopped", arguments: ["sum_over_time(m[500h])", "stddev_over_time(m[500h])"])
    func stopping(_ query: String) throws {
        let looks = Atomic(0)
        let stop = StopSignal { looks.add(1, ordering: .relaxed).newValue > 4 }
        do {
            _ = try Engine().range(
                query, from: 500 * TierCase.hour, through: 1000 * TierCase.hour, step: 20 * TierCase.minute, over: Self.source,
                QueryOptions(stop: stop))
            Issue.record("no error after \(looks.load(ordering: .relaxed)) looks")
        } catch {
            #expect(error.description == "query was canceled in query execution")
        }
    }

    @Test func aWindowIsASample() throws {
        var options = EngineOptions()
        options.maxSamples = 1000
        let source = Self.source
        do {
            _ = try Engine(options: options).instant("sum_over_time(m[100h])", at: 200 * TierCase.hour, over: source)
            Issue.record("no error")
        } catch {
            #expect(error.description.contains("too many samples into memory in query execution: 1200, and at most 1000"), "\(error.description)")
        }
        #expect(try Engine(options: options).instant("sum_over_time(m[50h])", at: 200 * TierCase.hour, over: source).samplesRead == 600)
    }
}
