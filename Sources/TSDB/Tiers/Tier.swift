public import Model

/// The tiers below raw samples, the finer first.
public enum Tier: String, CaseIterable, Sendable, Comparable {
    case fiveMinutes = "5m"
    case hour = "1h"

    /// Milliseconds of a window.
    public var resolution: Int64 {
        switch self {
        case .fiveMinutes: 300_000
        case .hour: 3_600_000
        }
    }

    /// Where tiers and raw samples meet, and tiers each other: at multiples of the coarsest resolution, milliseconds.
    public static let seam: Int64 = 3_600_000
    /// Samples before and behind these are in no tier, so that nobody who reckons with its times can leave those that there are.
    static let seams = -(1 << 62) / seam * seam...(1 << 62) / seam * seam

    public static func < (a: Tier, b: Tier) -> Bool { a.resolution < b.resolution }

    /// The end of the window in which a time lies.
    public func end(of time: Timestamp) -> Timestamp { windowEnd(time, resolution) }
}

/// The least multiple of `resolution` at or behind a time. Beyond the times that there are it wraps.
@inline(__always)
func windowEnd(_ time: Timestamp, _ resolution: Int64) -> Timestamp {
    let past = time % resolution
    return past > 0 ? time &+ (resolution &- past) : time &- past
}

extension Timestamp {
    /// The greatest place at or before it where tiers meet; the beginning of time stays what it is.
    public var seamBefore: Timestamp {
        let end = windowEnd(self, Tier.seam)
        return end == self || self < .min + Tier.seam ? self : end &- Tier.seam
    }

    /// The least place at or behind it where tiers meet; the ends of time stay what they are.
    public var seamBehind: Timestamp { self > .max - Tier.seam || self < .min + Tier.seam ? self : windowEnd(self, Tier.seam) }
}
