import Exposition
import Model
import TSDB

/// What becomes of the lines of a page: samples of a batch, and counts.
struct PageSink {
    var batch = AppendBatch()
    var tally = PageTally()
    /// Of the scrape.
    var time: Timestamp = 0
    var honorsTimestamps = true
    /// Series whose samples have timestamps of their own end with the page that has them no more, too.
    var tracksTimestamps = false
    var keepsExemplars = false

    /// The time that a line gives its sample; nil if it is that of the scrape.
    func timestamp(of line: SeriesLine) -> Timestamp? { honorsTimestamps ? line.timestamp : nil }

    /// Whether the series of a line is to get a stale marker when it is gone.
    func tracks(_ line: SeriesLine) -> Bool { tracksTimestamps || timestamp(of: line) == nil }

    /// Adds the sample of a line, and its exemplar.
    mutating func add(_ line: SeriesLine, of reference: SeriesRef, _ page: ExpositionCursor) {
        let time = timestamp(of: line) ?? time
        batch.add(reference, time, line.value)
        if let exemplar = exemplar(of: line, page, at: time) { batch.add(exemplar, to: reference) }
    }

    /// The same for a series that has no reference yet; gives its number in the batch.
    mutating func add(_ line: SeriesLine, of labels: Labels, _ page: ExpositionCursor) -> Int {
        let time = timestamp(of: line) ?? time
        let number = batch.add(labels, time, line.value)
        if let exemplar = exemplar(of: line, page, at: time) { batch.add(exemplar, toNew: number) }
        return number
    }

    /// Nil too if exemplars are not kept. One that makes no sense does not make the page fail.
    private func exemplar(of line: SeriesLine, _ page: ExpositionCursor, at time: Timestamp) -> Exemplar? {
        guard !line.exemplar.isEmpty, keepsExemplars, let found = try? page.exemplar(of: line) else { return nil }
        return Exemplar(labels: found.labels, value: found.value, time: found.timestamp ?? time, isTimed: found.timestamp != nil)
    }
}
