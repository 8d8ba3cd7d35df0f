import Exposition
import Model
import TSDB

/// Samples that are no lines of text.
extension TargetIngester {
    /// Takes a sample of the page being read. `labels`: those that the page gives its series, asked for if the key is not known.
    func take(_ sample: PageSample, _ key: LineKey, _ labels: () throws -> Labels) throws {
        sink.tally.scraped += 1
        if let known = cache.takeNext(key, tracked: sink.tracks(sample)) {
            if known.isRefused { return sink.passOver() }
            guard let reference = known.reference else { return }
            sink.tally.kept += 1
            if let sample = fitted(sample) { sink.add(sample, of: reference) }
            return
        }
        if let place = cache.find(key) { return try add(sample, at: place, nil, labels) }
        let made = try maker.make(labels())
        if made != nil, options.limits.samples > 0, sink.sampleCount >= options.limits.samples { isBeyondLimit = true }
        guard !isBeyondLimit else {
            if made != nil { sink.tally.kept += 1 }
            return
        }
        let number = cache.addSeries(key, isDropped: made == nil, isHistogram: sample.histogram != nil)
        if made != nil { sink.tally.added += 1 }
        try add(sample, at: PageCache.Place(series: number, isRepeat: false), made, labels)
    }

    /// A sample with its place on the page. `made`: the labels of its series, if they had to be made.
    private func add(_ sample: PageSample, at place: PageCache.Place, _ made: Labels?, _ labels: () throws -> Labels) throws {
        let known = cache.series[place.series]
        guard !known.isDropped else { return }
        if cache.isPassedOver(place.series) { return sink.passOver() }
        sink.tally.kept += 1
        if place.isRepeat, sink.timestamp(of: sample) == nil {
            sink.tally.duplicates += 1
            return
        }
        if sink.tracks(sample) { cache.track(place.series) }
        guard let sample = fitted(sample) else { return }
        if trusting, let reference = known.reference { return sink.add(sample, of: reference) }
        guard let made = try made ?? maker.make(labels()) else { return }
        new.append((sink.add(sample, of: made), place.series))
    }

    /// Nil, and the page fails, if it is a histogram with too many buckets.
    private func fitted(_ sample: PageSample) -> PageSample? {
        guard let histogram = sample.histogram else { return sample }
        guard let fitted = histogramLimits.fitted(histogram) else {
            hasTooManyBuckets = true
            return nil
        }
        var sample = sample
        sample.value = .histogram(fitted)
        return sample
    }

    /// Exemplars of a histogram, which have times, in the order of these.
    func ordered(_ exemplars: [ExposedExemplar]) -> [ExposedExemplar] {
        guard exemplars.count > 1 else { return exemplars }
        return exemplars.sorted { a, b in
            if a.timestamp != b.timestamp { return (a.timestamp ?? 0) < (b.timestamp ?? 0) }
            return a.value == b.value ? a.labels < b.labels : a.value < b.value
        }
    }
}
