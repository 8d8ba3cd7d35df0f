import Model

extension AggregateColumn {
    /// Appends samples, stale markers among them, as windows of one.
    func append(_ samples: SampleColumn) {
        reserve(samples.count)
        for place in 0..<samples.count { append(window(samples, place)) }
    }

    /// Puts samples in ascending order of time among the windows from `start` on, in the order of their ends; behind one that ends at the same time.
    func insert(_ samples: SampleColumn, into start: Int) {
        guard samples.count > 0 else { return }
        reserve(samples.count)
        var place = count + samples.count - 1
        var (window, sample) = (count - 1, samples.count - 1)
        count += samples.count
        // From the end, so that nothing is overwritten that is still to be moved.
        while sample >= 0 {
            if window >= start, ends[window] > samples.times[sample] {
                self[place] = self[window]
                window -= 1
            } else {
                self[place] = self.window(samples, sample)
                sample -= 1
            }
            place -= 1
        }
    }

    private func window(_ samples: SampleColumn, _ place: Int) -> Aggregate {
        let sample = Sample(time: samples.times[place], value: samples.values[place])
        return StaleMarker.isStale(sample.value) ? Aggregate(end: sample.time, staleTime: sample.time) : Aggregate(sample)
    }
}
