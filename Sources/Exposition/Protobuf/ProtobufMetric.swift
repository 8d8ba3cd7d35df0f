public import Model

/// One metric of a family. Made once and read into again, so that the memory of its lists is used for all metrics of a page. Ranges are bytes of the page.
public struct ProtobufMetric {
    /// A bucket of a classic histogram, or a quantile.
    public struct Point: Equatable, Sendable {
        /// The upper end of a bucket.
        public var bound = 0.0
        /// All observations up to the end, or the quantile's value.
        public var value = 0.0
        public var exemplar: ProtobufExemplar?

        public init(bound: Double = 0, value: Double = 0, exemplar: ProtobufExemplar? = nil) {
            self.bound = bound
            self.value = value
            self.exemplar = exemplar
        }
    }

    /// A histogram with more buckets, or a metric with more labels or exemplars, could not be stored.
    public static let mostParts = 1 << 16

    /// The message.
    public private(set) var range = 0..<0
    /// A `LabelPair` each.
    public private(set) var labels: [Range<Int>] = []
    /// Of a counter, a gauge or what is of no type.
    public internal(set) var value = 0.0
    public internal(set) var exemplar: ProtobufExemplar?
    /// Milliseconds; nil for 0, which the format cannot tell from none.
    public private(set) var timestamp: Timestamp?
    /// Milliseconds: when the counting began, if the page says so. Nothing uses it yet.
    public internal(set) var created: Timestamp?
    /// Quantiles or classic buckets, in the order of the page.
    public internal(set) var points: [Point] = []
    /// What a summary or a histogram has besides.
    public internal(set) var histogram = ProtobufHistogram()

    public init() {}

    /// Of the messages that say what the metric is, those of the family's kind are kept; the others must be well-formed.
    mutating func read(_ page: UnsafeRawBufferPointer, _ range: Range<Int>, _ kind: MetricFamilyCursor.Kind) throws {
        reset(range)
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            switch field.number {
            case 1...5, 7: try reader.expect(.bytes, of: field)
            case 6: try reader.expect(.varint, of: field)
            default: break
            }
            switch field.number {
            case 1: try addLabel(try reader.bytes(), page)
            case 6:
                let time = Int64(bitPattern: try reader.varint())
                timestamp = time == 0 ? nil : time
            case 2...5, 7:
                let message = try reader.bytes()
                if kind.isIn(field: field.number) {
                    try readMessage(page, message, field.number)
                } else {
                    var other = ProtobufMetric()
                    try other.readMessage(page, message, field.number)
                }
            default: try reader.skip(field.kind)
            }
        }
    }

    private mutating func reset(_ range: Range<Int>) {
        self.range = range
        labels.removeAll(keepingCapacity: true)
        (value, exemplar, timestamp, created) = (0, nil, nil, nil)
        points.removeAll(keepingCapacity: true)
        histogram.reset()
    }

    private mutating func addLabel(_ pair: Range<Int>, _ page: UnsafeRawBufferPointer) throws {
        guard labels.count < KeyReader.maxLabels else {
            throw ProtobufError("a metric with more than \(KeyReader.maxLabels) labels", at: range.lowerBound)
        }
        labels.append(pair)
    }

    /// What names the labels from page to page: the bytes that they are written in.
    func fingerprint(_ page: UnsafeRawBufferPointer, _ start: UInt64, _ fingerprints: Fingerprint) -> LineKey {
        var state = fingerprints.joined(start, UInt64(truncatingIfNeeded: labels.count))
        var count = 0
        for pair in labels {
            state = fingerprints.joined(state, fingerprints.of(UnsafeRawBufferPointer(rebasing: page[pair])))
            count &+= pair.count
        }
        return LineKey(fingerprint: state, count: count)
    }
}

// MARK: What a metric may be

extension MetricFamilyCursor.Kind {
    fileprivate func isIn(field: Int) -> Bool {
        switch self {
        case .gauge: field == 2
        case .counter: field == 3
        case .summary: field == 4
        case .untyped: field == 5
        case .histogram, .gaugeHistogram: field == 7
        }
    }
}

extension ProtobufMetric {
    private mutating func readMessage(_ page: UnsafeRawBufferPointer, _ message: Range<Int>, _ field: Int) throws {
        switch field {
        case 2, 5: try readValue(page, message, isCounter: false)
        case 3: try readValue(page, message, isCounter: true)
        case 4: try readSummary(page, message)
        default: try readHistogram(page, message)
        }
    }

    /// 1 value; of a counter 2 exemplar, 3 when it was created.
    private mutating func readValue(_ page: UnsafeRawBufferPointer, _ range: Range<Int>, isCounter: Bool) throws {
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            switch (field.number, isCounter) {
            case (1, _):
                try reader.expect(.fixed64, of: field)
                value = try reader.double()
            case (2, true):
                try reader.expect(.bytes, of: field)
                exemplar = try ProtobufExemplar(page, try reader.bytes())
            case (3, true):
                try reader.expect(.bytes, of: field)
                created = try ProtobufExemplar.time(page, try reader.bytes())
            default: try reader.skip(field.kind)
            }
        }
    }

    /// 1 count, 2 sum, 3 quantiles, 4 when it was created.
    private mutating func readSummary(_ page: UnsafeRawBufferPointer, _ range: Range<Int>) throws {
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try reader.expect(.varint, of: field)
                histogram.count = try reader.varint()
            case 2:
                try reader.expect(.fixed64, of: field)
                histogram.sum = try reader.double()
            case 3:
                try reader.expect(.bytes, of: field)
                try add(try Self.quantile(page, try reader.bytes()), at: range)
            case 4:
                try reader.expect(.bytes, of: field)
                created = try ProtobufExemplar.time(page, try reader.bytes())
            default: try reader.skip(field.kind)
            }
        }
    }

    private static func quantile(_ page: UnsafeRawBufferPointer, _ range: Range<Int>) throws -> Point {
        var point = Point()
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try reader.expect(.fixed64, of: field)
                point.bound = try reader.double()
            case 2:
                try reader.expect(.fixed64, of: field)
                point.value = try reader.double()
            default: try reader.skip(field.kind)
            }
        }
        return point
    }

    private mutating func readHistogram(_ page: UnsafeRawBufferPointer, _ range: Range<Int>) throws {
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            switch field.number {
            case 3:
                try reader.expect(.bytes, of: field)
                try add(try Self.bucket(page, try reader.bytes()), at: range)
            case 15:
                try reader.expect(.bytes, of: field)
                created = try ProtobufExemplar.time(page, try reader.bytes())
            default: try histogram.read(field, &reader, page)
            }
        }
        try histogram.checkSize(at: range.lowerBound)
    }

    /// 1 cumulative count, 2 upper bound, 3 exemplar, 4 cumulative count as a fraction, which holds unless it is 0.
    private static func bucket(_ page: UnsafeRawBufferPointer, _ range: Range<Int>) throws -> Point {
        var point = Point()
        var count: UInt64 = 0
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try reader.expect(.varint, of: field)
                count = try reader.varint()
            case 2:
                try reader.expect(.fixed64, of: field)
                point.bound = try reader.double()
            case 3:
                try reader.expect(.bytes, of: field)
                point.exemplar = try ProtobufExemplar(page, try reader.bytes())
            case 4:
                try reader.expect(.fixed64, of: field)
                point.value = try reader.double()
            default: try reader.skip(field.kind)
            }
        }
        if point.value == 0 { point.value = Double(count) }
        return point
    }

    private mutating func add(_ point: Point, at range: Range<Int>) throws {
        guard points.count < Self.mostParts else { throw ProtobufError("more than \(Self.mostParts) buckets or quantiles", at: range.lowerBound) }
        points.append(point)
    }
}
