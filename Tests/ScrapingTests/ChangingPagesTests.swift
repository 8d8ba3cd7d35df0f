import Exposition
import Glibc
import Model
import TSDB
import TestKit
import Testing

@testable import Scraping

/// Lines move, come and go, alone and in blocks; whatever a target's pages were before, a page is stored as one who knows nothing of them would read it.
@Suite("Pages that change")
struct ChangingPagesTests {
    @Test(arguments: [ExpositionFormat.text, .openMetrics])
    func changedPagesAreStoredAsTheyAre(format: ExpositionFormat) throws {
        let first = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max / 2)
        for seed in first..<first + UInt64(mutationRounds(usual: 12)) {
            var random = SeededRandom(seed)
            let rules = try Self.rules()
            let options = Self.options(rules, &random)
            let target = ScrapedTarget { $0 = options }
            var expected = ExpectedTarget(options: options, format: format)
            var page = ChangingPage(format)
            for round in 1...120 {
                let time = Timestamp(round) * 1000
                guard random.below(15) > 0 else {
                    if random.below(2) == 0 { try target.fail(time) } else { try target.scrape("", time, type: format.type) }
                    expected.end(at: time)
                    continue
                }
                page.change(&random)
                let lines = page.samples(at: time, &random)
                let isBroken = random.below(10) == 0
                let wanted = expected.scrape(lines, at: time, isBroken: isBroken)
                let report = try target.scrape(page.text(lines, &random) + (isBroken ? "7&-\n" : format.end), time, type: format.type)
                try #require(report.tally == wanted.tally && (report.error == nil) == wanted.isGood, "seed \(seed), round \(round)")
                if wanted.isGood {
                    for (family, help) in page.helps { try #require(target.metadata[family]?.help == help, "seed \(seed), round \(round)") }
                }
                guard round % 20 == 0 else { continue }
                let others = Set(try target.samples()).symmetricDifference(expected.samples)
                try #require(others.isEmpty, "seed \(seed), round \(round): \(others.sorted(by: precedes))")
            }
        }
    }

    /// Pages that lose most of their lines, get others, and stay as they are for long.
    @Test func pagesShrinkAndGrow() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed)
        let target = ScrapedTarget()
        var expected = ExpectedTarget(options: TargetIngester.Options(), format: .text)
        var keys: [String] = []
        var time: Timestamp = 0
        for size in [300, 10, 280, 280, 0, 500, 3, 40, 400, 1, 300] {
            if size < keys.count {
                keys = Array(keys.shuffled(using: &random).prefix(size))
            } else {
                keys += (keys.count..<size).map { "a{x=\"\($0)\",y=\"\(random.below(3))\"}" }
            }
            for _ in 0..<1 + random.below(12) {
                time += 1000
                let lines = keys.map { ExposedSample(key: $0, value: "\(random.below(9))", time: nil) }
                let wanted = expected.scrape(lines, at: time, isBroken: false)
                let report = try target.scrape("# a page\n" + lines.map { "\($0.key) \($0.value)\n" }.joined(), time)
                try #require(report.error == nil && report.tally == wanted.tally)
                #expect(target.ingester.knownSeries == Set(keys).count)
                if random.below(3) == 0, !keys.isEmpty { keys.swapAt(0, random.below(keys.count)) }
            }
            try #require(try target.samples().sorted(by: precedes) == expected.samples)
        }
    }

    /// Series whose names begin with `noise` are dropped, and those that differ only by `id` become one.
    private static func rules() throws -> [RelabelRule] {
        var drop = RelabelRule(regex: try LabelRegex("noise.*"))
        drop.action = .drop
        drop.sourceLabels = ["__name__"]
        var merge = RelabelRule(regex: try LabelRegex("id"))
        merge.action = .labeldrop
        return [drop, merge]
    }

    private static func options(_ rules: [RelabelRule], _ random: inout SeededRandom) -> TargetIngester.Options {
        var options = TargetIngester.Options()
        options.rules = random.below(3) == 0 ? rules : []
        options.honorTimestamps = random.below(4) > 0
        options.trackTimestampsStaleness = random.below(3) == 0
        options.limits.samples = random.below(3) == 0 ? 60 : 0
        return options
    }
}

extension ExpositionFormat {
    fileprivate var type: String { self == .text ? "text/plain" : PageShape.openMetrics }
    fileprivate var end: String { self == .text ? "" : "# EOF\n" }
}

/// A sample line, made of its key as it stands on the page.
private struct ExposedSample {
    var key: String
    var value: String
    var time: Timestamp?
}

/// What is stored of a target by the rules alone.
private struct ExpectedTarget {
    let options: TargetIngester.Options
    let format: ExpositionFormat
    private var stored: [String: [Timestamp: String]] = [:]
    /// Keys of the last good page.
    private var known: Set<String> = []
    /// Keys that get a stale marker when they are gone.
    private var tracked: Set<String> = []
    private var names: [String: String?] = [:]

    init(options: TargetIngester.Options, format: ExpositionFormat) {
        self.options = options
        self.format = format
    }

    var samples: [String] {
        stored.map { series, samples in
            ([series] + samples.sorted { $0.key < $1.key }.map { "\($0.value)@\($0.key)" }).joined(separator: " ")
        }.sorted(by: precedes)
    }

    /// Nil if the series is dropped.
    private mutating func series(_ key: String) -> String? {
        if let name = names[key] { return name }
        let labels = try? Array(key.utf8).withUnsafeBytes { try KeyReader.labels($0, format: format) }
        var name = labels?.description
        if !options.rules.isEmpty { name = labels?.metricName?.hasPrefix("noise") == true ? nil : labels?.dropping(["id"]).description }
        names[key] = .some(name)
        return name
    }

    /// The first sample of a time stays.
    private mutating func store(_ value: String, _ key: String, _ time: Timestamp) {
        guard let series = series(key), stored[series]?[time] == nil else { return }
        stored[series, default: [:]][time] = value
    }

    mutating func end(at time: Timestamp) {
        for key in tracked { store("stale", key, time) }
        tracked = []
    }

    mutating func scrape(_ lines: [ExposedSample], at time: Timestamp, isBroken: Bool) -> (tally: PageTally, isGood: Bool) {
        var tally = PageTally()
        var seen: Set<String> = []
        var present: Set<String> = []
        var batch: [(key: String, time: Timestamp, value: String)] = []
        let limit = options.limits.samples > 0 ? Int(options.limits.samples) : .max
        var isBeyond = false
        for line in lines {
            tally.scraped += 1
            let isDropped = series(line.key) == nil
            if !known.contains(line.key), !seen.contains(line.key) {
                if !isDropped, batch.count >= limit { isBeyond = true }
                if isBeyond {
                    tally.kept += isDropped ? 0 : 1
                    continue
                }
                tally.added += isDropped ? 0 : 1
            }
            let isRepeat = !seen.insert(line.key).inserted
            guard !isDropped else { continue }
            tally.kept += 1
            let own = options.honorTimestamps ? line.time : nil
            if isRepeat, own == nil {
                tally.duplicates += 1
                continue
            }
            if own == nil || options.trackTimestampsStaleness { present.insert(line.key) }
            batch.append((line.key, own ?? time, FloatFormat.general(FloatParsing.parse(line.value) ?? 0)))
        }
        guard !isBroken, !isBeyond, batch.count <= limit else {
            for key in tracked.subtracting(present) { store("stale", key, time) }
            tracked.formIntersection(present)
            return (tally, false)
        }
        for sample in batch { store(sample.value, sample.key, sample.time) }
        // What series a key is that the page before had not is known too late to spare the series its marker; a sample of the same time wins over that.
        let there = Set(present.intersection(known).compactMap { names[$0] ?? nil })
        for key in tracked.subtracting(present) where !there.contains((names[key] ?? nil) ?? "") { store("stale", key, time) }
        tracked = present
        known = seen
        return (tally, true)
    }
}

/// A page that is another one from scrape to scrape, by a little or by much.
private struct ChangingPage {
    private enum Item {
        case help(family: Int, text: String)
        case line(key: String, isTimed: Bool)
    }

    private let format: ExpositionFormat
    private var items: [Item] = []
    private var removed: [Item] = []

    init(_ format: ExpositionFormat) {
        self.format = format
        for family in 0..<4 {
            items.append(.help(family: family, text: "First."))
            for line in 0..<10 { items.append(.line(key: "f\(family){id=\"\(line % 3)\",x=\"\(line / 2)\"}", isTimed: false)) }
            items.append(.line(key: family == 2 ? "noise_\(family)" : "f\(family)_sum", isTimed: family == 3))
        }
    }

    /// The last help of each family on the page.
    var helps: [String: String] {
        items.reduce(into: [:]) { helps, item in
            if case .help(let family, let text) = item { helps["f\(family)"] = text }
        }
    }

    mutating func change(_ random: inout SeededRandom) {
        // A page is as it was as often as not.
        guard random.below(2) > 0 else { return }
        for _ in 0...random.below(random.below(4) == 0 ? 12 : 2) { changeOnce(&random) }
    }

    private mutating func changeOnce(_ random: inout SeededRandom) {
        guard !items.isEmpty else { return items = removed }
        let at = random.below(items.count)
        let block = at..<min(items.count, at + 1 + random.below(random.below(3) == 0 ? 15 : 2))
        switch random.below(10) {
        case 0: items.swapAt(at, min(at + 1, items.count - 1))
        case 1, 2: move(block, &random)
        case 3:
            removed += items[block]
            items.removeSubrange(block)
        case 4: insert([removed.popLast()].compactMap { $0 }, &random)
        case 5: insert([newLine(&random)], &random)
        case 6: insert((0..<1 + random.below(12)).map { _ in newLine(&random) }, &random)
        case 7: items[at] = changed(items[at], &random)
        case 8: insert(Array(items[block]), &random)
        default: if random.below(8) == 0 { items.shuffle(using: &random) } else { move(block, &random) }
        }
        if items.count > 90 { items.removeLast(items.count - 70) }
    }

    private mutating func move(_ block: Range<Int>, _ random: inout SeededRandom) {
        let moved = Array(items[block])
        items.removeSubrange(block)
        insert(moved, &random)
    }

    private mutating func insert(_ new: [Item], _ random: inout SeededRandom) { items.insert(contentsOf: new, at: random.below(items.count + 1)) }

    private func newLine(_ random: inout SeededRandom) -> Item {
        let labels = [
            "{id=\"\(random.below(3))\",x=\"\(random.below(8))\"}", "{x=\"\(random.below(8))\",id=\"\(random.below(3))\"}",
            "{x=\"} 1 \(random.below(3))\"}",
            "{new=\"\(random.below(1000))\"}", "{new=\"\\\\\(random.below(1000))\",}", "",
        ]
        let name = ["f\(random.below(4))", "g", "noise_g"][random.below(3)]
        return .line(key: name + labels[random.below(labels.count)], isTimed: random.below(6) == 0)
    }

    private func changed(_ item: Item, _ random: inout SeededRandom) -> Item {
        switch item {
        case .help(let family, _): .help(family: family, text: "Text \(random.below(3)).")
        case .line(let key, let isTimed): .line(key: key, isTimed: !isTimed)
        }
    }

    func samples(at time: Timestamp, _ random: inout SeededRandom) -> [ExposedSample] {
        items.compactMap { item in
            guard case .line(let key, let isTimed) = item else { return nil }
            let values = ["\(random.below(1000))", "\(random.below(1000)).5", "NaN", "+Inf", "-Inf", "1e0005", "18446744073709551615", "-0"]
            let value = random.below(3) == 0 ? values[random.below(values.count)] : values[0]
            return ExposedSample(key: key, value: value, time: isTimed ? max(0, time - Timestamp(random.below(4)) * 500) : nil)
        }
    }

    /// The lines as they are written, among the comments.
    func text(_ samples: [ExposedSample], _ random: inout SeededRandom) -> String {
        var rest = samples[...]
        return items.reduce(into: "") { text, item in
            switch item {
            case .help(let family, let help): text += "# HELP f\(family) \(help)\n"
            case .line:
                guard let sample = rest.popFirst() else { return }
                text += line(sample, &random)
            }
        }
    }

    private func line(_ sample: ExposedSample, _ random: inout SeededRandom) -> String {
        let start = "\(sample.key) \(sample.value)"
        guard format == .text else {
            let time = sample.time.map { " " + FloatFormat.general(Double($0) / 1000) } ?? ""
            return start + time + (random.below(8) == 0 ? " # {trace=\"} \(random.below(3))\"} 0.5\n" : "\n")
        }
        let isSpacious = random.below(20) == 0
        let time = sample.time.map { (isSpacious ? "\t" : " ") + "\($0)" } ?? ""
        return (random.below(20) == 0 ? "\n" : "") + (isSpacious ? "\(sample.key)  \(sample.value)" : start) + time + (isSpacious ? " \n" : "\n")
    }
}
