import Glibc

/// A bad quarter of an hour: errors far above 5 %, slow answers, queues that grow.
struct Incident: Sendable, Equatable {
    /// Unix seconds; the end is outside.
    let start: Double
    let end: Double

    /// Every three hours have at most one incident, of 6 to 16 minutes, wholly inside them; about one stretch in four is spared.
    private static let stretch = 10_800.0

    /// The incident that holds `seconds`, if there is one.
    static func at(_ seconds: Double, noise: Noise, stream: UInt64) -> Incident? {
        let index = Int(floor(seconds / stretch))
        guard noise.unit(stream, 3 * index) < 0.75 else { return nil }
        let length = 360 + 600 * noise.unit(stream, 3 * index + 1)
        let start = Double(index) * stretch + (stretch - length) * noise.unit(stream, 3 * index + 2)
        guard seconds >= start, seconds < start + length else { return nil }
        return Incident(start: start, end: start + length)
    }
}
