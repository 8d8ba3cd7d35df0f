import Testing

@testable import Demo

/// Wednesday, 4 March 2026, 00:00 UTC.
private let wednesday = 1_772_582_400.0

@Suite("What the demo's pages say")
struct PageTests {
    @Test("the same seed and time give the same page, another seed another one", arguments: DemoPage.all.map(\.name))
    func determined(_ name: String) throws {
        let page = try #require(DemoPage.all.first { $0.name == name })
        let text = page.text(seed: 7, at: wednesday + 40_000.5)
        #expect(page.text(seed: 7, at: wednesday + 40_000.5) == text)
        #expect(page.text(seed: 8, at: wednesday + 40_000.5) != text)
        #expect(page.text(seed: 7, at: wednesday + 40_060.5) != text)
    }

    @Test("every page reads well at odd moments, and is about as large as a real one", arguments: DemoPage.all.map(\.name))
    func wellFormed(_ name: String) throws {
        let page = try #require(DemoPage.all.first { $0.name == name })
        for time in [0.0, 59.9, 1_000_000_000, wednesday, wednesday + 86_399.999, 4_102_444_800] {
            let read = try StrictPage(page.text(seed: 1, at: time))
            #expect((50...400).contains(read.values.count), "\(read.values.count) series at \(time)")
        }
    }

    @Test("over a day counters fall only when their process restarts", arguments: DemoPage.all.map(\.name))
    func rising(_ name: String) throws {
        let page = try #require(DemoPage.all.first { $0.name == name })
        var before: StrictPage?
        for step in 0...60 {
            let read = try StrictPage(page.text(seed: 3, at: wednesday + Double(step) * 1440 + 0.25))
            if let before, before.start == read.start {
                for series in read.rising {
                    let old = before.values[series] ?? .infinity
                    #expect(read.values[series] ?? 0 >= old, "\(series) fell from \(old) at step \(step)")
                }
            }
            before = read
        }
    }

    @Test("a process restarts now and then, and its counters begin again")
    func restarts() throws {
        let page = DemoPage.all[1]
        let reads = try (0..<24).map { try StrictPage(page.text(seed: 1, at: wednesday + Double($0) * 21_600)) }
        let falls = zip(reads, reads.dropFirst()).filter { $0.total("http_requests_total") > $1.total("http_requests_total") }
        #expect(Set(reads.map(\.start)).count >= 4)
        #expect(falls.count >= 3)
        #expect(falls.allSatisfy { $0.start != $1.start })
    }

    @Test("buckets are cumulative, the last is the count, and the sum lies where the buckets say", arguments: DemoPage.all.map(\.name))
    func histograms(_ name: String) throws {
        let page = try #require(DemoPage.all.first { $0.name == name })
        for time in stride(from: wednesday, to: wednesday + 200_000, by: 17_321) {
            let read = try StrictPage(page.text(seed: 5, at: time))
            for (series, buckets) in read.buckets {
                #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0.bound < $1.bound && $0.count <= $1.count }, "\(series)")
                #expect(buckets.last?.bound == .infinity)
                let count = try #require(read.values[series.replacing("_bucket{", with: "_count{")])
                let sum = try #require(read.values[series.replacing("_bucket{", with: "_sum{")])
                #expect(buckets.last?.count == count)
                #expect(count > 0 || sum == 0)
            }
        }
    }
}

extension StrictPage {
    var start: Double { values["process_start_time_seconds{}"] ?? -1 }

    /// The sum of all series of a metric whose text holds `part`.
    func total(_ metric: String, where part: String = "") -> Double {
        values.reduce(0) { $1.key.hasPrefix(metric + "{") && $1.key.contains(part) ? $0 + $1.value : $0 }
    }

    /// The buckets by series without `le`, rising.
    var buckets: [String: [(bound: Double, count: Double)]] {
        var found: [String: [(bound: Double, count: Double)]] = [:]
        for (series, count) in values where series.contains("_bucket{") {
            guard let match = series.firstMatch(of: /,?le="([^"]*)"/), let bound = Double(match.1.replacing("Inf", with: "inf")) else { continue }
            found[series.replacingCharacters(in: match.range), default: []].append((bound, count))
        }
        return found.mapValues { $0.sorted { $0.bound < $1.bound } }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>) -> String { String(self[..<range.lowerBound] + self[range.upperBound...]) }
}
