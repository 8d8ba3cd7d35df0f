public import Model

/// The kinds of record that are read. Prometheus has more (markers, …); readers skip what they do not know.
public enum WALRecordKind: UInt8, Sendable {
    case series = 1
    case samples = 2
    case tombstones = 3
    case exemplars = 4
    case metadata = 6
    case histograms = 7
    case floatHistograms = 8
    case customHistograms = 9
    case customFloatHistograms = 10
    /// The three younger forms, in which each sample may have a start time: only read.
    case samplesWithStart = 11
    case histogramsWithStart = 12
    case floatHistogramsWithStart = 13

    /// Nil for an empty record and for kinds that are not read.
    public init?(of record: UnsafeRawBufferPointer) {
        guard let type = record.first else { return nil }
        self.init(rawValue: type)
    }

    /// What a record is about, in whatever form.
    public enum Content: Sendable {
        case series, samples, tombstones, exemplars, metadata, histograms
    }

    public var content: Content {
        switch self {
        case .series: .series
        case .samples, .samplesWithStart: .samples
        case .tombstones: .tombstones
        case .exemplars: .exemplars
        case .metadata: .metadata
        case .histograms, .floatHistograms, .customHistograms, .customFloatHistograms, .histogramsWithStart, .floatHistogramsWithStart: .histograms
        }
    }
}

/// A record whose checksum holds but whose contents make no sense.
public struct WALRecordError: Error, Equatable, CustomStringConvertible {
    /// Where in the record.
    public let offset: Int
    public let reason: String

    public var description: String { "record damaged at its byte \(offset): \(reason)" }
}

/// The samples of one record as three parallel arrays in bare memory, reused from record to record.
public final class WALSamples {
    public private(set) var references: UnsafeMutablePointer<UInt64>
    public private(set) var times: UnsafeMutablePointer<Timestamp>
    public private(set) var values: UnsafeMutablePointer<Double>
    public private(set) var count = 0
    private var capacity = 1024

    /// A sample takes at least this many bytes of a record.
    static let shortestSample = 10

    public init() {
        references = .allocate(capacity: capacity)
        times = .allocate(capacity: capacity)
        values = .allocate(capacity: capacity)
    }

    deinit { deallocate() }

    private func deallocate() {
        references.deallocate()
        times.deallocate()
        values.deallocate()
    }

    public func removeAll() { count = 0 }

    /// Makes room for so many more.
    func reserve(_ more: Int) {
        guard count + more > capacity else { return }
        let old = (references, times, values)
        capacity = max(count + more, capacity * 2)
        references = .allocate(capacity: capacity)
        times = .allocate(capacity: capacity)
        values = .allocate(capacity: capacity)
        references.update(from: old.0, count: count)
        times.update(from: old.1, count: count)
        values.update(from: old.2, count: count)
        old.0.deallocate()
        old.1.deallocate()
        old.2.deallocate()
    }

    /// Replaces the contents by the samples of a samples record; see `WALBatch` for the form. After an error there are none.
    public func decode(_ record: UnsafeRawBufferPointer) throws(WALRecordError) {
        removeAll()
        try add(record)
    }

    /// Adds the samples of a samples record to those that are there; after an error, none of them.
    func add(_ record: UnsafeRawBufferPointer) throws(WALRecordError) {
        var input = ByteInput(record, offset: 1)
        if input.atEnd { return }
        if WALRecordKind(of: record) == .samplesWithStart { return try decodeWithStart(&input, record.count) }
        guard let reference = input.takeWord(), let start = input.takeWord() else {
            throw WALRecordError(offset: record.count, reason: "ends within the first reference and time")
        }
        reserve((record.count - input.offset) / Self.shortestSample + 1)
        let time = Int64(bitPattern: start)
        let before = count
        var n = before
        while !input.atEnd {
            guard let referenceStep = input.takeSigned(), let timeStep = input.takeSigned(), let bits = input.takeWord() else {
                throw WALRecordError(offset: input.offset, reason: "ends within sample \(n - before + 1), or a number is too long")
            }
            references[n] = reference &+ UInt64(bitPattern: referenceStep)
            times[n] = time &+ timeStep
            values[n] = Double(bitPattern: bits)
            n &+= 1
        }
        count = n
    }

    /// The least and the greatest reference of the samples from one on; nil if there are none.
    func referenceRange(from start: Int) -> ClosedRange<UInt64>? {
        guard start < count else { return nil }
        var least = references[start]
        var greatest = least
        for i in start &+ 1..<count {
            least = min(least, references[i])
            greatest = max(greatest, references[i])
        }
        return least...greatest
    }

    private func decodeWithStart(_ input: inout ByteInput, _ length: Int) throws(WALRecordError) {
        reserve(length / Self.shortestSample + 1)
        var places = WALStartPlaces()
        let before = count
        var n = before
        while !input.atEnd {
            guard let place = places.next(&input), let bits = input.takeWord() else {
                throw WALRecordError(offset: input.offset, reason: "ends within sample \(n - before + 1), or a number is too long")
            }
            references[n] = place.reference
            times[n] = place.time
            values[n] = Double(bitPattern: bits)
            n &+= 1
        }
        count = n
    }
}

/// Reference and time of each sample in the records with start times: for the first both as signed varints, and its start; for each other the
/// signed varint distances of its reference to the one before and of its time to the first, and a byte: 0, it has no start, 1, it has that of the
/// sample before, 2, the distance of its start to the first follows. The starts are passed over.
struct WALStartPlaces {
    private var reference: UInt64 = 0
    private var firstTime: Timestamp?

    mutating func next(_ input: inout ByteInput) -> (reference: UInt64, time: Timestamp)? {
        guard let step = input.takeSigned(), let time = input.takeSigned() else { return nil }
        reference &+= UInt64(bitPattern: step)
        guard let firstTime else {
            firstTime = time
            return input.takeSigned() == nil ? nil : (reference, time)
        }
        guard let marker = input.takeByte() else { return nil }
        if marker > 1, input.takeSigned() == nil { return nil }
        return (reference, firstTime &+ time)
    }
}

public enum WALSeries {
    /// Calls `body` with each reference and its labels; see `WALBatch` for the form. Labels that another writer left unsorted are sorted.
    public static func decode(_ record: UnsafeRawBufferPointer, _ body: (UInt64, Labels) throws -> Void) throws {
        var input = ByteInput(record, offset: 1)
        while !input.atEnd {
            guard let reference = input.takeWord(), let count = input.takeVarint() else {
                throw WALRecordError(offset: input.offset, reason: "ends within a series")
            }
            try body(reference, try labels(&input, count))
        }
    }

    static func labels(_ input: inout ByteInput, _ count: UInt64) throws(WALRecordError) -> Labels {
        let start = input.offset
        var sorted = true
        var before: UnsafeRawBufferPointer?
        var left = count
        while left > 0 {
            let offset = input.offset
            guard let name = input.takeField(), let value = input.takeField() else {
                throw WALRecordError(offset: input.offset, reason: "ends within a label")
            }
            let used = input.offset - offset
            let shortest = shortestLength(name.count) + shortestLength(value.count) + name.count + value.count
            let ascending = before.map { compareBytes($0, name) < 0 } ?? true
            sorted = sorted && ascending && !value.isEmpty && used == shortest
            before = name
            left -= 1
        }
        let bytes = input.slice(from: start)
        return sorted ? Labels(sortedEncoding: Array(bytes)) : sortedLabels(bytes)
    }

    /// How many bytes the length of a field takes when written in the only way in which equal labels have equal bytes.
    private static func shortestLength(_ length: Int) -> Int { max(1, (Int.bitWidth - length.leadingZeroBitCount + 6) / 7) }

    private static func sortedLabels(_ bytes: UnsafeRawBufferPointer) -> Labels {
        var builder = LabelsBuilder()
        var input = ByteInput(bytes, offset: 0)
        while let name = input.takeField(), let value = input.takeField() {
            builder.set(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
        return builder.labels()
    }
}
