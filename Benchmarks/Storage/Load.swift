import Glibc
import Model
import Runtime
import TSDB

/// Targets of a thousand series each that are scraped by a clock of the benchmark's own.
public struct Load {
    private static let seriesPerTarget = 1000

    private struct Target {
        let life: Int
        var references: [SeriesRef]
        var values: [Double]
    }

    private let database: Database
    private let clock = TurnedClock(1_700_006_400_000)
    private var targets: [Int: Target] = [:]
    private var batch = AppendBatch()
    private var random: UInt64 = 1
    private var samples = 0
    private var untilMaintenance = 0

    public init(folder: String) throws {
        var options = DatabaseOptions()
        options.retention = Retention.usual
        database = try Database.open(path: folder, options: options, files: RealFileSystem(), clock: clock) { event in
            if event.level != .info { print("\(event)") }
        }
    }

    /// Appends a page: a third of the values stands still, a third counts, the rest changes at random.
    public mutating func scrape(_ number: Int, _ life: Int) throws {
        let now = clock.now() + Int64(number % 1000)
        batch.removeAll()
        if var target = targets.removeValue(forKey: number), target.life == life {
            for i in 0..<Self.seriesPerTarget {
                target.values[i] = next(target.values[i], i)
                batch.add(target.references[i], now, target.values[i])
            }
            targets[number] = target
            _ = try database.head.append(&batch)
        } else {
            for i in 0..<Self.seriesPerTarget { batch.add(labels(number, life, i), now, 0) }
            _ = try database.head.append(&batch)
            let references = (0..<Self.seriesPerTarget).map { batch.reference(ofNew: $0) ?? .none }
            targets[number] = Target(life: life, references: references, values: [Double](repeating: 0, count: Self.seriesPerTarget))
        }
        samples += Self.seriesPerTarget
    }

    /// The target is gone: its series end with stale markers.
    public mutating func end(_ number: Int) throws {
        guard let target = targets.removeValue(forKey: number) else { return }
        batch.removeAll()
        for reference in target.references { batch.add(reference, clock.now() + Int64(number % 1000) - 1, StaleMarker.value) }
        _ = try database.head.append(&batch)
    }

    /// Time goes by, and what is due every second is done once a minute.
    public mutating func pass(seconds: Int) {
        clock.pass(Int64(seconds) * 1000)
        untilMaintenance -= seconds
        guard untilMaintenance <= 0 else { return }
        untilMaintenance = 60
        try? database.sync()
        database.maintain()
        SystemMemory.trim()
    }

    /// What it has cost so far.
    public func tell(_ what: String) -> String {
        let stats = database.head.stats
        return
            "\(what): \(samples) samples, \(cpuTime() / max(samples, 1)) ns of CPU each; head: \(stats.series) series, \(stats.samples) samples, "
            + "\(stats.bytes >> 20) MiB; resident \(resident() >> 20) MiB; \(database.blocks.count) blocks"
    }

    private func labels(_ number: Int, _ life: Int, _ i: Int) -> Labels {
        Labels([
            (name: "__name__", value: "metric_\(i / 20)_total"), (name: "instance", value: "host-\(number)-\(life):9100"),
            (name: "job", value: "load"), (name: "mode", value: "mode-\(i % 20)"),
        ])
    }

    private mutating func next(_ value: Double, _ i: Int) -> Double {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let step = Double(random >> 56)
        return i % 3 == 0 ? value : i % 3 == 1 ? value + step : (step - 128) / 100
    }

    private func resident() -> Int {
        var text = [UInt8](repeating: 0, count: 256)
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        let length = fread(&text, 1, text.count, file)
        let fields = String(decoding: text[..<length], as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
    }
}
