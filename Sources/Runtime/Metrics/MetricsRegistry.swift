public import Model
import Synchronization

/// The numbers a server tells of itself, by name. Values live in counters, gauges and histograms held by whoever counts,
/// or are asked for when someone looks.
public final class MetricsRegistry: Sendable {
    private struct Family {
        let type: MetricType
        let help: String
        var children: [(labels: [MetricLabel], read: @Sendable () -> MetricValue)] = []
        var callbacks: [@Sendable () -> [MetricPoint]] = []
        /// What has been handed out, so that asking again gives the same.
        var instruments: [[MetricLabel]: any AnyObject & Sendable] = [:]
    }

    private let families = Mutex<[String: Family]>([:])

    public init() {}

    /// The counter of that name and those labels; the same one each time. Asking is for start-up, not for each event.
    public func counter(_ name: String, help: String, labels: [MetricLabel] = []) -> Counter {
        instrument(name, .counter, help, labels, make: Counter.init) { counter in .number(Double(counter.value)) }
    }

    public func gauge(_ name: String, help: String, labels: [MetricLabel] = []) -> Gauge {
        instrument(name, .gauge, help, labels, make: Gauge.init) { gauge in .number(gauge.value) }
    }

    /// - Parameter bounds: upper bounds of the buckets, rising, without infinity.
    public func histogram(_ name: String, help: String, bounds: [Double], labels: [MetricLabel] = []) -> Histogram {
        instrument(name, .histogram, help, labels, make: { Histogram(bounds: bounds) }) { .histogram($0.snapshot()) }
    }

    /// Values owned elsewhere: `read` is called whenever the metrics are asked for.
    public func callback(_ name: String, _ type: MetricType, help: String, _ read: @escaping @Sendable () -> [MetricPoint]) {
        families.withLock { $0[name, default: Family(type: type, help: help)].callbacks.append(read) }
    }

    /// A single value owned elsewhere.
    public func callback(
        _ name: String, _ type: MetricType, help: String, labels: [MetricLabel] = [], value: @escaping @Sendable () -> Double
    ) {
        callback(name, type, help: help) { [MetricPoint(labels: labels, value: .number(value()))] }
    }

    /// Everything as of now, sorted by name, and by labels within a name. Families without a value are left out.
    public func snapshot() -> [MetricFamily] {
        let all = families.withLock { Array($0) }.sorted { precedes($0.key, $1.key) }
        return all.compactMap { name, family in
            var points = family.children.map { MetricPoint(labels: $0.labels, value: $0.read()) }
            for callback in family.callbacks { points += callback() }
            guard !points.isEmpty else { return nil }
            points.sort { $0.labels.map(\.value).lexicographicallyPrecedes($1.labels.map(\.value), by: precedes) }
            return MetricFamily(name: name, type: family.type, help: family.help, points: points)
        }
    }

    private func instrument<Instrument: AnyObject & Sendable>(
        _ name: String, _ type: MetricType, _ help: String, _ labels: [MetricLabel], make: () -> Instrument,
        read: @escaping @Sendable (Instrument) -> MetricValue
    ) -> Instrument {
        families.withLock { families in
            if let known = families[name]?.instruments[labels] as? Instrument { return known }
            let instrument = make()
            families[name, default: Family(type: type, help: help)].children.append((labels, { read(instrument) }))
            families[name]?.instruments[labels] = instrument
            return instrument
        }
    }
}
