/// How many samples a page had, and what became of them.
public struct PageTally: Equatable, Sendable {
    /// Sample lines.
    public var scraped = 0
    /// Those left after relabelling.
    public var kept = 0
    /// Series that the last page did not have.
    public var added = 0
    /// Those of series that the head had no room for when the pages before came, and that were not asked for again.
    public var refused = 0
    /// Lines that repeat a series without a timestamp of their own.
    public var duplicates = 0
}
