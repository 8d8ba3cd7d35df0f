import Model

/// OpenMetrics 1.0.0: single spaces between the parts, nothing free, `# EOF` at the end.
extension ExpositionCursor {
    mutating func nextOpenMetrics() throws(ExpositionError) -> ExpositionEntry {
        guard offset < end else { throw failure("data does not end with # EOF") }
        guard page[offset] == Byte.hash else { return try openMetricsSeries() }
        if stands("# EOF", at: offset) { return try endOfFile() }
        if stands("# HELP ", at: offset) { return try openMetricsMetadata(.help) }
        if stands("# TYPE ", at: offset) { return try openMetricsMetadata(.type) }
        if stands("# UNIT ", at: offset) { return try openMetricsMetadata(.unit) }
        throw failure("expected HELP, TYPE, UNIT or EOF after #")
    }

    private enum MetadataKind { case help, type, unit }

    private mutating func endOfFile() throws(ExpositionError) -> ExpositionEntry {
        offset += 5
        if offset < end, page[offset] == Byte.newline { offset += 1 }
        guard offset == end else { throw failure("unexpected data after # EOF") }
        return .end
    }

    private mutating func openMetricsMetadata(_ kind: MetadataKind) throws(ExpositionError) -> ExpositionEntry {
        offset += 7
        let name = try metadataName()
        let lineEnd = lineEnd(from: offset)
        guard offset < lineEnd, page[offset] == Byte.space else { throw failure("expected a space and a text after the metric name") }
        guard lineEnd < end else { throw failure("data does not end with # EOF", at: end) }
        let text = (offset + 1)..<lineEnd
        offset = lineEnd + 1
        switch kind {
        case .help:
            try checkUTF8(text)
            return .help(name: name, text: text)
        case .unit:
            try checkUnit(text, of: name)
            return .unit(name: name, text: text)
        case .type:
            let word = String(decoding: self[text], as: UTF8.self)
            guard let type = MetricType(rawValue: word) else { throw failure("invalid metric type \(shown(text))", at: text.lowerBound) }
            return .type(name: name, type)
        }
    }

    /// The name of a family with a unit ends with an underscore and the unit.
    private func checkUnit(_ unit: Range<Int>, of name: Range<Int>) throws(ExpositionError) {
        guard !unit.isEmpty else { return }
        let fits = name.count > unit.count && self[name].suffix(unit.count).elementsEqual(self[unit])
        guard fits, page[name.upperBound - unit.count - 1] == UInt8(ascii: "_") else {
            throw failure("unit \(shown(unit)) not a suffix of metric \(shown(name))", at: unit.lowerBound)
        }
    }

    private mutating func openMetricsSeries() throws(ExpositionError) -> ExpositionEntry {
        let key = try key()
        let value = try number(try spacedToken("a value"))
        let rest = try openMetricsRest()
        return .series(SeriesLine(key: key, value: value, timestamp: rest.timestamp, exemplar: rest.exemplar))
    }

    /// What is behind a value, up to and with the newline.
    mutating func openMetricsRest() throws(ExpositionError) -> LineRest {
        var rest = LineRest()
        if offset < end, page[offset] == Byte.space, !stands(" # {", at: offset) {
            rest.timestamp = try seconds(try spacedToken("a timestamp"))
        }
        rest.exemplar = try exemplarPart()
        guard offset < end else { throw failure("data does not end with # EOF") }
        guard page[offset] == Byte.newline else { throw failure("expected the end of the line") }
        offset &+= 1
        return rest
    }

    /// ` # {labels} value [timestamp]`
    private mutating func exemplarPart() throws(ExpositionError) -> Range<Int> {
        guard stands(" # {", at: offset) else { return 0..<0 }
        offset += 3
        let start = offset
        _ = try exemplarParts()
        return start..<offset
    }

    /// `{labels} value [timestamp]`, without a look at the labels.
    mutating func exemplarParts() throws(ExpositionError) -> (value: Double, timestamp: Timestamp?) {
        _ = try key(nameless: true)
        let value = try number(try spacedToken("the exemplar's value"))
        guard offset < end, page[offset] == Byte.space else { return (value, nil) }
        return (value, try seconds(try spacedToken("the exemplar's timestamp")))
    }

    /// A space and what follows it up to the next space or line end.
    private mutating func spacedToken(_ what: StaticString) throws(ExpositionError) -> Range<Int> {
        guard offset < end, page[offset] == Byte.space else { throw failure("expected a space and \(what)") }
        offset &+= 1
        let start = offset
        while offset < end, page[offset] != Byte.space, page[offset] != Byte.newline { offset &+= 1 }
        guard offset > start else { throw failure("expected \(what)") }
        return start..<offset
    }

    /// Seconds as a decimal number, in milliseconds; what does not fit becomes the nearest that does.
    private func seconds(_ token: Range<Int>) throws(ExpositionError) -> Timestamp {
        let seconds = try number(token)
        guard seconds.isFinite else { throw failure("invalid timestamp \(shown(token))", at: token.lowerBound) }
        let milliseconds = seconds * 1000
        if milliseconds >= 0x1p63 { return .max }
        return milliseconds < -0x1p63 ? .min : Timestamp(milliseconds)
    }
}
