public import Model

/// One endpoint to scrape.
public struct Target: Sendable, Hashable {
    /// What relabelling left, meta labels removed, those that begin with `__` included.
    public let allLabels: Labels
    /// Before relabelling.
    public let discoveredLabels: Labels
    public let scrapePool: String
    public let url: String
    /// Milliseconds.
    public let interval: Int64
    /// Milliseconds.
    public let timeout: Int64

    /// What the target's series bear: the labels that do not begin with `__`.
    public var labels: Labels { allLabels.filtered { !$0.starts(with: "__".utf8) } }

    /// Two targets of equal identity are scraped once.
    var identity: Identity { Identity(labels: allLabels, url: url) }

    struct Identity: Hashable {
        let labels: Labels
        let url: String
    }

    /// The interval has so many places at which targets are scraped: those of one place are scraped by one wake-up.
    static let places: Int64 = 10

    /// Where in the interval the target is scraped: always the same place, one for many targets.
    func place(seed: UInt64) -> Int64 {
        let hash = StableHash.fnv1a(url, seed: allLabels.stableHash) ^ seed
        // The low bits of this hash know little of the text; the high ones of a product know all of both.
        let spread = hash &* 0x9e37_79b9_7f4a_7c15
        return Int64(spread.multipliedFullWidth(by: UInt64(min(Self.places, max(1, interval)))).high)
    }

    /// The same in milliseconds.
    func offset(seed: UInt64) -> Int64 { place(seed: seed) * max(1, interval / Self.places) }
}
