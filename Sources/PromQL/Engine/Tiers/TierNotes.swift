import Model
import TSDB

/// Some of the tiers.
struct TierSelection: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ tier: Tier) {
        switch tier {
        case .fiveMinutes: rawValue = 1
        case .hour: rawValue = 2
        }
    }

    /// The finer first.
    var tiers: [Tier] { Tier.allCases.filter { contains(TierSelection($0)) } }
}

/// What is to be said of an answer that tiers gave.
struct TierNotes: Equatable, Sendable {
    /// Whose windows the edges of ranges cut, or times of instant selectors fell into.
    var cut: TierSelection = []
    /// Whose windows do not tell what a function wants to know of their samples.
    var approximate: TierSelection = []

    mutating func add(_ other: TierNotes) {
        cut.formUnion(other.cut)
        approximate.formUnion(other.approximate)
    }
}

extension TierSpans {
    /// The tiers that answer for a part of `(start, end]`.
    func tiers(from start: Timestamp, through end: Timestamp) -> TierSelection {
        var found: TierSelection = []
        for span in spans where span.end > start && span.start < end { found.insert(TierSelection(span.tier)) }
        return found
    }

    /// Where the last of them ends; nil without any.
    var end: Timestamp? { spans.last?.end }
}

extension Annotations {
    /// Tells that a range did not end or begin between windows; `isScaled`: a total over the windows was scaled to the range.
    func wholeWindows(_ tiers: TierSelection, range: Int64, isScaled: Bool, at place: SourceRange) {
        let asked = PromDuration.format(range)
        for tier in tiers.tiers {
            let windows = (range + tier.resolution - 1) / tier.resolution
            let width = PromDuration.format(max(windows, 1) * tier.resolution)
            let scaling = isScaled ? ", and scaled to \(asked)" : ""
            inform("range of \(asked) answered by whole windows of the \(tier.rawValue) tier, \(width) wide\(scaling)", at: place)
        }
    }

    /// Tells that an instant selector looked into windows, of which only the first and the last sample are known.
    func firstOfWindow(_ tiers: TierSelection, at place: SourceRange) {
        for tier in tiers.tiers { inform("times within \(windows(tier)), answered by the first sample of each", at: place) }
    }

    /// Tells that a function made do with what windows tell.
    func approximated(_ function: String, _ tiers: TierSelection, at place: SourceRange) {
        for tier in tiers.tiers { inform("\(function) approximated from \(windows(tier))", at: place) }
    }

    /// Tells that a range vector shows some samples in the place of all.
    func lastOfWindows(_ tiers: TierSelection, at place: SourceRange) {
        for tier in tiers.tiers { inform("range vector shows the last samples of \(windows(tier))", at: place) }
    }

    private func windows(_ tier: Tier) -> String { "windows of the \(tier.rawValue) tier, \(PromDuration.format(tier.resolution)) wide" }
}
