import Model

extension Head {
    public func select(_ selection: Selection) throws -> any SeriesSet {
        sweeping.reading {
            let snapshot = index.reading {
                let slots = matching(selection.matchers)
                return samples.reading { HeadSnapshot(core, slots, reclaimer, from: selection.from, through: selection.through) }
            }
            // Symbols and label lists do not move while no sweep runs: sorting and copying them holds nobody up.
            let sorted = sortedByLabels(snapshot.series)
            return HeadSeriesSet(sorted, labels: sorted.map { labels($0.labelPairs) }, snapshot, reclaimer, samples, chunkFiles)
        }
    }

    /// Sorted by bytes.
    public func labelNames(_ selection: Selection) throws -> [String] {
        names(selection) { core, slots in
            guard let slots else { return Set(core.postings.names.keys) }
            var names: Set<UInt32> = []
            for slot in slots {
                for pair in core.series[slot].pointee.labelPairs { names.insert(pair.name) }
            }
            return names
        }
    }

    public func labelValues(_ name: String, _ selection: Selection) throws -> [String] {
        names(selection) { core, slots in
            guard let name = core.symbols.find(name), let values = core.postings.names[name] else { return [] }
            guard let slots else { return Set(values.keys) }
            return Set(slots.compactMap { core.series[$0].pointee.value(of: name) })
        }
    }

    /// The texts of the symbols that `collect` finds among the matching series; it is given nil for all series.
    private func names(_ selection: Selection, _ collect: (HeadCore, [UInt32]?) -> Set<UInt32>) -> [String] {
        sweeping.reading {
            let found = index.reading { () -> Set<UInt32> in
                let everything = samples.reading { coversAll(selection) }
                if everything { return collect(core, nil) }
                let slots = matching(selection.matchers)
                return collect(core, samples.reading { overlapping(slots, selection) })
            }
            return found.map { core.symbols.text($0) }.sorted(by: precedes)
        }
    }

    private func overlapping(_ slots: [UInt32], _ selection: Selection) -> [UInt32] {
        slots.filter { core.overlaps($0, selection.from, selection.through) }
    }

    private func coversAll(_ selection: Selection) -> Bool {
        guard selection.matchers.isEmpty, let first = core.totals.minTime, let last = core.totals.maxTime else { return false }
        // While chunks are being dropped some series are on their way out.
        let earliest = min(first, core.totals.minOutOfOrderTime ?? first)
        if first < core.floor || earliest < core.outOfOrderFloor { return false }
        return selection.from <= earliest && selection.through >= last
    }

    func matching(_ matchers: [Matcher]) -> [UInt32] {
        MatcherSelection(postings: core.postings, symbols: core.symbols, series: core.series).slots(matchers)
    }

    func sortedByLabels(_ found: [SelectedSeries]) -> [SelectedSeries] {
        let symbols = core.symbols
        return found.sorted { symbols.precedes($0.labelPairs, $1.labelPairs) }
    }

    func labels(_ pairs: UnsafeBufferPointer<LabelPair>) -> Labels {
        var encoding: [UInt8] = []
        encoding.reserveCapacity(
            pairs.reduce(0) { $0 + core.symbols.bytes($1.name).count + core.symbols.bytes($1.value).count + 4 })
        for pair in pairs {
            Labels.append(core.symbols.bytes(pair.name), to: &encoding)
            Labels.append(core.symbols.bytes(pair.value), to: &encoding)
        }
        return Labels(sortedEncoding: encoding)
    }
}

extension SymbolTable {
    /// Whether labels come before others, by the bytes of names and values.
    func precedes(_ x: UnsafeBufferPointer<LabelPair>, _ y: UnsafeBufferPointer<LabelPair>) -> Bool {
        let shared = min(x.count, y.count)
        var i = 0
        while i < shared, x[i] == y[i] { i &+= 1 }
        guard i < shared else { return x.count < y.count }
        if x[i].name != y[i].name { return compareBytes(bytes(x[i].name), bytes(y[i].name)) < 0 }
        return compareBytes(bytes(x[i].value), bytes(y[i].value)) < 0
    }
}
