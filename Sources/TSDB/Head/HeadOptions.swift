import Model

public struct HeadOptions: Sendable {
    /// When the head holds more samples, its oldest chunks are dropped.
    ///
    /// The default fits 2 GiB of memory: scraped samples take about 2.2 bytes in a chunk and 0.3 for the chunk's own memory and its place in the
    /// list, so half a thousand million of them are 1.25 GB; the rest is room for one and a half million series records of 500 bytes.
    public var maxSamples = 500_000_000
    /// How far ahead of the clock a sample may be, in milliseconds; nil: as far as it likes. A machine with a wrong clock would otherwise close
    /// its series to all samples until that time comes.
    public var futureTolerance: Int64? = 10 * 60_000
    /// No chunk crosses a multiple of this, in milliseconds; Prometheus's blocks are as long. At most 49 days.
    public var chunkRange: Int64 = 2 * 3_600_000

    /// How far behind the head's newest sample one may be that does not come in order, in milliseconds; 0: samples come in order or are refused.
    public var outOfOrderWindow: Int64 = 10 * 60_000

    /// Up to what size the head takes new series; the log's replay takes all.
    public var budget = SeriesBudget()

    /// How many exemplars are kept; 0: none.
    public var maxExemplars = 0
    /// Whether what scrapes tell of series' metadata is written to the log.
    public var recordsMetadata = false

    public init() {}
}
