import TSDB

/// Tells of damaged blocks that an answer had to do without.
struct DamageWarnings {
    private let source: any SeriesSource
    private let mark: Int

    /// To be made before the first read.
    init(_ source: any SeriesSource) {
        self.source = source
        mark = source.damage(since: .max).mark
    }

    /// One for each block in which damage was met since; by another query at the same time, perhaps.
    var texts: [String] {
        source.damage(since: mark).blocks.map { "block \($0) is damaged; the answer may lack a part of what was in it" }
    }
}
