import Model
import Synchronization

/// What the owner of the head's data folder tells it.
extension Head {
    /// Whether metadata of series are written.
    public var recordsMetadata: Bool { options.recordsMetadata }

    /// The greatest reference that was ever given out.
    var greatestReference: UInt64 { commit.withLock { _ in core.nextRef - 1 } }

    /// Whether a checkpoint up to a segment must name a series: it is there, or later segments may mention it.
    func mayNeed(_ reference: UInt64, behind segment: Int) -> Bool {
        index.reading {
            core.references.slot(reference) != ReferenceDirectory.none || core.departures.isMentioned(reference, behind: segment)
        }
    }

    /// The log's segments up to this one are gone.
    func logWasCut(through segment: Int) { index.writing { core.departures.forget(through: segment) } }

    /// The time from which on the head answers for what came in order.
    var floor: Timestamp { samples.reading { core.floor } }

    /// The latest time that something was deleted of, by what the log still tells; nil: nothing was.
    var deletedThrough: Timestamp? { commit.withLock { _ in core.deletedThrough } }

    /// Whether a replay kept samples that came in order beside the chunks, among those out of order.
    var hasFilledGaps: Bool { commit.withLock { _ in core.hasFilledGaps } }

    /// Refuses all appends for a reason; nil: takes them again.
    func refuseAppends(_ reason: String?) { commit.withLock { _ in refusal = reason } }

    /// About how many bytes the next block cut from the head, and the log's checkpoint beside it, will take.
    var estimatedCutBytes: Int64 {
        samples.reading { Int64(core.chunks.bytes) + Int64(core.series.count) * 64 }
    }
}
