import Model

/// Prometheus text 0.0.4 and 1.0.0: blanks are free between the parts, blank lines and comments mean nothing, the last newline may be missing.
extension ExpositionCursor {
    mutating func nextText() throws(ExpositionError) -> ExpositionEntry {
        while offset < end {
            let byte = page[offset]
            if byte == Byte.newline || Byte.isBlank(byte) {
                offset &+= 1
            } else {
                return byte == Byte.hash ? try textComment() : try textSeries()
            }
        }
        return .end
    }

    private mutating func textComment() throws(ExpositionError) -> ExpositionEntry {
        let start = offset
        offset &+= 1
        skipBlanks()
        let blankBefore = offset > start &+ 1
        if blankBefore, offset &+ 4 < end, Byte.isBlank(page[offset &+ 4]) {
            if stands("HELP", at: offset) { return try textMetadata(isHelp: true) }
            if stands("TYPE", at: offset) { return try textMetadata(isHelp: false) }
        }
        offset = min(lineEnd(from: offset) &+ 1, end)
        return .comment
    }

    private mutating func textMetadata(isHelp: Bool) throws(ExpositionError) -> ExpositionEntry {
        offset &+= 4
        skipBlanks()
        let name = try metadataName()
        let lineEnd = lineEnd(from: offset)
        // One byte separates the name from the text; a name alone has an empty one.
        let text = min(offset &+ 1, lineEnd)..<lineEnd
        if isHelp {
            try checkUTF8(text)
            offset = min(lineEnd &+ 1, end)
            return .help(name: name, text: text)
        }
        let type: MetricType? =
            switch String(decoding: self[text], as: UTF8.self) {
            case "counter": .counter
            case "gauge": .gauge
            case "histogram": .histogram
            case "summary": .summary
            case "untyped": .unknown
            default: nil
            }
        guard let type else { throw failure("invalid metric type \(shown(text))", at: text.lowerBound) }
        offset = min(lineEnd &+ 1, end)
        return .type(name: name, type)
    }

    private mutating func textSeries() throws(ExpositionError) -> ExpositionEntry {
        let key = try key()
        skipBlanks()
        let start = offset
        while offset < end, page[offset] != Byte.newline, !Byte.isBlank(page[offset]) { offset &+= 1 }
        let value = try number(start..<offset)
        let rest = try textRest()
        return .series(SeriesLine(key: key, value: value, timestamp: rest.timestamp, exemplar: rest.exemplar))
    }

    /// What is behind a value, up to and with the newline.
    mutating func textRest() throws(ExpositionError) -> LineRest {
        skipBlanks()
        let timestamp = try textTimestamp()
        guard offset == end || page[offset] == Byte.newline else { throw failure("expected the end of the line") }
        offset = min(offset &+ 1, end)
        return LineRest(timestamp: timestamp)
    }

    /// Whole milliseconds, or nothing before the end of the line.
    private mutating func textTimestamp() throws(ExpositionError) -> Timestamp? {
        let start = offset
        var milliseconds: Timestamp = 0
        while offset < end, Byte.isDigit(page[offset]) {
            let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Timestamp(page[offset] &- 0x30))
            guard !overflow, !carry else { throw failure("a timestamp out of range", at: start) }
            milliseconds = sum
            offset &+= 1
        }
        guard offset > start else { return nil }
        skipBlanks()
        return milliseconds
    }

    private mutating func skipBlanks() {
        while offset < end, Byte.isBlank(page[offset]) { offset &+= 1 }
    }
}
