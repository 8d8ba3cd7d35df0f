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

    /// Samples that the page may have, those of refused series included, which are in no batch.
    var sampleCount: Int { batch.sampleCount + tally.refused }

    /// Counts a sample of a series for which the head has no room.
    mutating func passOver() {
        tally.kept &+= 1
        tally.refused &+= 1
    }

    /// What a line with a start says, in milliseconds; nil if that is no time.
    func start(_ value: Double) -> Timestamp? {
        let milliseconds = (value * 1000).rounded(.towardZero)
        return abs(milliseconds) < Double(CachedSeries.unknownStart) ? Timestamp(milliseconds) : nil
    }

    /// The time that a line gives its sample; nil if it is that of the scrape.
    func timestamp(of line: SeriesLine) -> Timestamp? { honorsTimestamps ? line.timestamp : nil }

    /// The time that a page gives a sample; nil if it is that of the scrape.
    func timestamp(of sample: PageSample) -> Timestamp? { honorsTimestamps ? sample.timestamp : nil }

    /// Whether the series of a sample is to get a stale marker when it is gone.
    func tracks(_ sample: PageSample) -> Bool { tracksTimestamps || timestamp(of: sample) == nil }

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

    /// The same for a sample that was no line.
    mutating func add(_ sample: PageSample, of reference: SeriesRef) {
        let time = timestamp(of: sample) ?? time
        switch sample.value {
        case .float(let value): batch.add(reference, time, value)
        case .histogram(let histogram): batch.add(reference, time, histogram)
        }
        if let start = sample.start { batch.addStart(reference, start, before: time) }
        for exemplar in sample.exemplars { batch.add(Exemplar(exemplar, of: time), to: reference) }
    }

    mutating func add(_ sample: PageSample, of labels: Labels) -> Int {
        let time = timestamp(of: sample) ?? time
        let number =
            switch sample.value {
            case .float(let value): batch.add(labels, time, value)
            case .histogram(let histogram): batch.add(labels, time, histogram)
            }
        if let start = sample.start { batch.addStart(toNew: number, start, before: time) }
        for exemplar in sample.exemplars { batch.add(Exemplar(exemplar, of: time), toNew: number) }
        return number
    }

    /// Nil too if exemplars are not kept. One that makes no sense does not make the page fail.
    private func exemplar(of line: SeriesLine, _ page: ExpositionCursor, at time: Timestamp) -> Exemplar? {
        guard !line.exemplar.isEmpty, keepsExemplars, let found = try? page.exemplar(of: line) else { return nil }
        return Exemplar(found, of: time)
    }
}

extension Exemplar {
    /// `time`: of its sample.
    init(_ exposed: ExposedExemplar, of time: Timestamp) {
        self.init(labels: exposed.labels, value: exposed.value, time: exposed.timestamp ?? time, isTimed: exposed.timestamp != nil)
    }
}

/// What a page says of a series, if not in a line of text.
struct PageSample {
    enum Value { case float(Double), histogram(NativeHistogram) }

    var value: Value
    var timestamp: Timestamp?
    /// Since when it counts; nil if that is not wanted.
    var start: Timestamp?
    /// By ascending time; only if exemplars are kept.
    var exemplars: [ExposedExemplar] = []

    var histogram: NativeHistogram? { if case .histogram(let histogram) = value { histogram } else { nil } }
}
