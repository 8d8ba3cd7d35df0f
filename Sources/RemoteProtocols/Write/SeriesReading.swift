import Model

/// Where the two messages have what. Fields of series: 1 labels (messages; in version 2 packed numbers of symbols), and what follows here.
struct WriteForm {
    /// The field of series in a request.
    let series: Int
    let samples = 2
    let exemplars: Int
    let histograms: Int
    /// 0: none.
    let metadata: Int
    /// Since when the series counts, as Prometheus 3.5 sends it; later versions say it with each sample. 0: none.
    let start: Int
    let hasSymbols: Bool

    static let labels = 1
    static let version1 = WriteForm(series: 1, exemplars: 3, histograms: 4, metadata: 0, start: 0, hasSymbols: false)
    static let version2 = WriteForm(series: 5, exemplars: 4, histograms: 3, metadata: 5, start: 6, hasSymbols: true)

    /// Whether an exemplar that is out of order makes the request one that is not right.
    var refusesExemplars: Bool { hasSymbols }
}

/// A series seen from outside: where its labels are and how much there is of everything.
struct SeriesShape {
    /// All labels, if they stand together and before everything else: in version 1 with their fields' heads, in version 2 the numbers.
    private(set) var labels: Range<Int>?
    /// Where the first other field is.
    private(set) var firstValue: Int
    private(set) var samples = 0
    private(set) var histograms = 0
    private(set) var exemplars = 0
    private(set) var metadata: Range<Int>?
    /// 0: not told.
    private(set) var start: Timestamp = 0

    init(_ bytes: UnsafeRawBufferPointer, _ message: Range<Int>, _ form: WriteForm) throws(WireError) {
        var reader = WireReader(bytes, message)
        firstValue = message.lowerBound
        var isTogether = true
        var numbers: Range<Int>?
        while let field = try reader.next() {
            if field.number == WriteForm.labels {
                // The head of field 1 is one byte.
                let isPlain = firstValue == reader.position - 1 && field.kind == .bytes && (!form.hasSymbols || numbers == nil)
                isTogether = isTogether && isPlain
                if field.kind == .bytes { numbers = try reader.bytes() } else { try reader.skip(field.kind) }
                if isTogether { firstValue = reader.position }
                continue
            }
            if field.number == form.samples {
                try reader.expect(.bytes, of: field)
                samples += 1
            } else if field.number == form.histograms {
                try reader.expect(.bytes, of: field)
                histograms += 1
            } else if field.number == form.exemplars {
                try reader.expect(.bytes, of: field)
                exemplars += 1
            } else if field.number == form.metadata {
                try reader.expect(.bytes, of: field)
                metadata = try reader.bytes()
                continue
            } else if field.number == form.start, field.kind == .varint {
                start = Int64(bitPattern: try reader.varint())
                continue
            }
            try reader.skip(field.kind)
        }
        if isTogether {
            labels = form.hasSymbols ? numbers : message.lowerBound..<firstValue
        } else {
            firstValue = message.lowerBound
        }
    }

    /// Reads all of a series for nothing but to know that it can be read.
    static func validate(_ bytes: UnsafeRawBufferPointer, _ message: Range<Int>, _ form: WriteForm) throws(WireError) {
        _ = try SeriesShape(bytes, message, form)
        var reader = WireReader(bytes, message)
        while let field = try reader.next() {
            switch field.number {
            case form.samples: _ = try SampleReading(bytes, try reader.bytes())
            case form.histograms: _ = try HistogramReading(bytes, try reader.bytes())
            case form.exemplars: try validateLabels(bytes, try ExemplarReading(bytes, try reader.bytes()).message, form)
            case form.metadata where field.kind == .bytes: _ = try MetadataReading(bytes, try reader.bytes())
            default: try reader.skip(field.kind)
            }
        }
        try validateLabels(bytes, message, form)
    }

    private static func validateLabels(_ bytes: UnsafeRawBufferPointer, _ message: Range<Int>, _ form: WriteForm) throws(WireError) {
        var reader = WireReader(bytes, message)
        while let field = try reader.next() {
            if field.number != WriteForm.labels || (form.hasSymbols && field.kind == .varint) {
                try reader.skip(field.kind)
                continue
            }
            try reader.expect(.bytes, of: field)
            let place = try reader.bytes()
            if !form.hasSymbols {
                _ = try LabelReading(bytes, place)
                continue
            }
            var numbers = WireReader(bytes, place)
            while !numbers.isAtEnd { _ = try numbers.varint() }
        }
    }
}

/// Name and value of a label of version 1.
struct LabelReading {
    private(set) var name: Range<Int>
    private(set) var value: Range<Int>

    init(_ bytes: UnsafeRawBufferPointer, _ message: Range<Int>) throws(WireError) {
        var reader = WireReader(bytes, message)
        name = message.lowerBound..<message.lowerBound
        value = name
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try reader.expect(.bytes, of: field)
                name = try reader.bytes()
            case 2:
                try reader.expect(.bytes, of: field)
                value = try reader.bytes()
            default: try reader.skip(field.kind)
            }
        }
    }
}

/// 1 the value, 2 the time, 3 since when the series counts, in milliseconds; 0 is none.
struct SampleReading {
    private(set) var value = 0.0
    private(set) var time: Timestamp = 0
    private(set) var start: Timestamp = 0

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, _ message: Range<Int>) throws(WireError) {
        var reader = WireReader(bytes, message)
        while let field = try reader.next() {
            switch field.number {
            case 1:
                try reader.expect(.fixed64, of: field)
                value = try reader.double()
            case 2:
                try reader.expect(.varint, of: field)
                time = Int64(bitPattern: try reader.varint())
            case 3 where field.kind == .varint: start = Int64(bitPattern: try reader.varint())
            default: try reader.skip(field.kind)
            }
        }
    }
}

/// 1 labels as those of series, 2 the value, 3 the time, in milliseconds; 0 is none.
struct ExemplarReading {
    let message: Range<Int>
    private(set) var value = 0.0
    private(set) var time: Timestamp = 0

    init(_ bytes: UnsafeRawBufferPointer, _ message: Range<Int>) throws(WireError) {
        self.message = message
        var reader = WireReader(bytes, message)
        while let field = try reader.next() {
            switch field.number {
            case 2:
                try reader.expect(.fixed64, of: field)
                value = try reader.double()
            case 3:
                try reader.expect(.varint, of: field)
                time = Int64(bitPattern: try reader.varint())
            default: try reader.skip(field.kind)
            }
        }
    }
}

/// 1 the type, 3 and 4 the symbols of help and unit.
struct MetadataReading {
    private static let types: [MetricType] = [.unknown, .counter, .gauge, .histogram, .gaugehistogram, .summary, .info, .stateset]

    private(set) var type = MetricType.unknown
    private(set) var help = 0
    private(set) var unit = 0

    init(_ bytes: UnsafeRawBufferPointer, _ message: Range<Int>) throws(WireError) {
        var reader = WireReader(bytes, message)
        while let field = try reader.next() {
            guard [1, 3, 4].contains(field.number) else {
                try reader.skip(field.kind)
                continue
            }
            try reader.expect(.varint, of: field)
            let number = Int(clamping: try reader.varint())
            switch field.number {
            case 1: type = number < Self.types.count ? Self.types[number] : .unknown
            case 3: help = number
            default: unit = number
            }
        }
    }
}
