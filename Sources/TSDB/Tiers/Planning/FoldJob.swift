import Model

/// A block of a tier that is to be written next, and what it is made of.
struct FoldJob: Equatable {
    /// Where windows come from.
    enum Source: Equatable {
        /// All that raw blocks have.
        case raw
        /// The finer tier.
        case finer
        /// The blocks that are replaced.
        case replaced
        /// A raw block whose samples came when those around them were gone.
        case late(ULID)
    }

    struct Part: Equatable {
        var source: Source
        var stretch: FoldStretch
        /// The rule whose series these are; nil: those that no rule matches, or all.
        var rule: Int?
    }

    var tier: Tier
    var stretch: FoldStretch
    var replaced: [ULID] = []
    var parts: [Part]
    /// Whether rules make a difference, so that each part is of some series only.
    var isByRule = false

    /// The raw blocks whose samples are added to windows that are there.
    var late: Set<ULID> {
        Set(parts.compactMap { if case .late(let ulid) = $0.source { ulid } else { nil } })
    }

    /// Whether the time is folded for the first time.
    var isNew: Bool { replaced.isEmpty && late.isEmpty }
}
