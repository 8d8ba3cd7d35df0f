import Exposition
import Model
import Synchronization
import TSDB

/// Takes requests apart and stores them, one at a time: series by series into batches, without an object for each.
///
/// All but the head and the limits is used by whoever has the turn. Of what is touched for every sample it is not checked again that nobody else is at
/// it, which would take longer than what it guards.
final class WriteLane: @unchecked Sendable {
    private let turn = Mutex(())
    let head: Head
    /// Samples, buckets and exemplars.
    let batchLimit: Int
    @exclusivity(unchecked) var memo = SeriesMemo()
    @exclusivity(unchecked) var batch = AppendBatch()
    /// Of the batch: series added by labels, and what the memo shall know them by.
    var new: [(index: Int, key: UInt64)] = []
    /// Of the batch: where each series is in the request, and from which sample and histogram of the batch on.
    @exclusivity(unchecked) var places: [Place] = []
    @exclusivity(unchecked) var weight = 0
    var pairs = LabelPairs()
    var symbols = SymbolTable()
    var numbers: [Int] = []
    private let ingestsStarts: Bool

    // Of the request at hand.
    @exclusivity(unchecked) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    @exclusivity(unchecked) var form = WriteForm.version1
    var tally = WriteTally()
    /// Bytes of labels that were put together from symbols or texts.
    var spelled = 0
    private var keepsExemplars = false
    var isValidated = false
    @exclusivity(unchecked) var owner = Owner()

    struct Place {
        var message: Range<Int>
        var sample: Int
        var histogram: Int
    }

    /// The series at hand.
    struct Owner {
        /// Nil: by its labels.
        var ref: SeriesRef?
        var labels = Labels.empty
        /// The batch's number of it; nil until it has a sample there.
        var index: Int?
        /// Since when it counts, if it says so itself and not with each sample; 0: nobody knows, or it is told already.
        var start: Timestamp = 0
        /// Nil if it has none that can be told without reading all.
        var key: UInt64?
    }

    init(_ head: Head, batchLimit: Int, ingestsStarts: Bool) {
        self.head = head
        self.ingestsStarts = ingestsStarts
        self.batchLimit = batchLimit
        clearBatch()
    }

    /// Stores what a request has and tells what became of it. What cannot be read throws, and then nothing is stored.
    func store(_ bytes: UnsafeRawBufferPointer, _ message: WriteMessage) throws(WriteFault) -> WriteTally {
        try turn.withLock { _ throws(WriteFault) in try storeInTurn(bytes, message) }
    }

    private func storeInTurn(_ bytes: UnsafeRawBufferPointer, _ message: WriteMessage) throws(WriteFault) -> WriteTally {
        self.bytes = bytes
        form = message == .version1 ? .version1 : .version2
        tally = WriteTally()
        spelled = 0
        isValidated = false
        keepsExemplars = head.keepsExemplars
        defer { forget() }
        do {
            if form.hasSymbols { try symbols.read(bytes) }
            try forEachSeries { try take($0) }
            try flush()
            return tally
        } catch let error as WireError {
            throw .malformed("the message cannot be read: \(error)")
        } catch let error as WriteFault {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }

    private func forget() {
        bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        symbols.removeAll()
        clearBatch()
    }

    func clearBatch() {
        // What a large request needed is not kept for the usual ones.
        if weight > 1 << 15 { batch = AppendBatch() } else { batch.removeAll() }
        batch.namesRefusals = true
        new.removeAll(keepingCapacity: new.count < 1 << 15)
        places.removeAll(keepingCapacity: places.count < 1 << 15)
        weight = 0
    }

    func forEachSeries(_ body: (Range<Int>) throws -> Void) throws {
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            if field.number == form.series {
                try reader.expect(.bytes, of: field)
                try body(try reader.bytes())
            } else {
                try reader.skip(field.kind)
            }
        }
    }

    // MARK: A series

    private func take(_ message: Range<Int>) throws {
        let shape = try SeriesShape(bytes, message, form)
        guard try resolve(message, shape) else { return }
        places.append(Place(message: message, sample: batch.count, histogram: batch.histogramCount))
        var reader = WireReader(bytes, shape.firstValue..<message.upperBound)
        var latest: Timestamp = 0
        while let field = try reader.next() {
            if field.number == form.samples {
                let sample = try SampleReading(bytes, try reader.bytes())
                latest = sample.time
                add(sample)
                try flushIfFull(message)
            } else if field.number == form.histograms {
                let reading = try HistogramReading(bytes, try reader.bytes())
                latest = reading.time
                add(reading)
                try flushIfFull(message)
            } else {
                try reader.skip(field.kind)
            }
        }
        if shape.exemplars > 0 { try addExemplars(message, latest) }
        if let metadata = shape.metadata, head.recordsMetadata { try addMetadata(metadata) }
    }

    /// Finds out whose samples follow. False if they are nobody's, which is counted.
    private func resolve(_ message: Range<Int>, _ shape: SeriesShape) throws -> Bool {
        owner = Owner()
        owner.start = shape.start
        owner.key = try key(shape)
        if let key = owner.key, let ref = memo.find(key) {
            owner.ref = ref
            return true
        }
        do {
            try collectPairs(message)
            try spellOut()
            owner.labels = try pairs.series(in: bytes)
            return true
        } catch let error as InvalidLabels {
            refuse(shape, .labels, error.reason, message)
        } catch let error as NoSuchSymbol {
            refuse(shape, .symbols, error.reason, message)
        }
        // What is not even looked at must be readable all the same.
        try SeriesShape.validate(bytes, message, form)
        return false
    }

    private func refuse(_ shape: SeriesShape, _ reason: RefusalReason, _ text: String, _ message: Range<Int>) {
        tally.refuse(max(1, shape.samples + shape.histograms), reason) { "the series at byte \(message.lowerBound): \(text)" }
    }

    // MARK: What it has

    @inline(__always)
    private func add(_ sample: SampleReading) {
        weight &+= 1
        if let ref = owner.ref { batch.add(ref, sample.time, sample.value) } else { batch.add(toNew: index(), sample.time, sample.value) }
        if ingestsStarts { addStart(sample.start, before: sample.time) }
    }

    /// What a sample says of the start of its series, or the series itself with its first sample.
    private func addStart(_ told: Timestamp, before time: Timestamp) {
        let start = told != 0 ? told : owner.start
        owner.start = 0
        guard start != 0 else { return }
        if let ref = owner.ref { batch.addStart(ref, start, before: time) } else { batch.addStart(toNew: index(), start, before: time) }
    }

    private func add(_ reading: HistogramReading) {
        weight += 1 + reading.size
        if let ref = owner.ref {
            batch.add(ref, reading.time, reading.histogram)
        } else {
            batch.add(toNew: index(), reading.time, reading.histogram)
        }
        if ingestsStarts { addStart(reading.start, before: reading.time) }
    }

    /// The batch's number of the series at hand.
    private func index() -> Int {
        if let index = owner.index { return index }
        let index = batch.addSeries(owner.labels)
        if let key = owner.key { new.append((index, key)) }
        owner.index = index
        return index
    }

    /// A Prometheus sends them apart from the samples of their series, which must be there, or in the batch.
    ///
    /// - Parameter time: of those that say none.
    private func addExemplars(_ message: Range<Int>, _ time: Timestamp) throws {
        var reader = WireReader(bytes, message)
        while let field = try reader.next() {
            guard field.number == form.exemplars else {
                try reader.skip(field.kind)
                continue
            }
            let reading = try ExemplarReading(bytes, try reader.bytes())
            guard let labels = try exemplarLabels(reading.message), keepsExemplars else { continue }
            let exemplar = Exemplar(labels: labels, value: reading.value, time: reading.time == 0 ? time : reading.time, isTimed: reading.time != 0)
            weight += 1
            if let ref = owner.ref { batch.add(exemplar, to: ref) } else { batch.add(exemplar, toNew: index()) }
            try flushIfFull(message)
        }
    }

    /// Nil if there is something wrong with them, for which no sample is refused.
    private func exemplarLabels(_ exemplar: Range<Int>) throws(WireError) -> Labels? {
        do {
            try collectPairs(exemplar)
            // No character has more than four bytes; what is too long is left out in any case.
            guard pairs.size <= 4 * Exemplar.longestLabels else { return nil }
            return try pairs.labels(in: bytes)
        } catch let error as WireError {
            throw error
        } catch {
            return nil
        }
    }

    private func addMetadata(_ place: Range<Int>) throws {
        let reading = try MetadataReading(bytes, place)
        func text(_ number: Int) throws -> String { String(decoding: bytes[try symbol(number)], as: UTF8.self) }
        guard let help = try? text(reading.help), let unit = try? text(reading.unit) else { return }
        let metadata = Metadata(type: reading.type, help: help, unit: unit)
        weight += 1 + (help.utf8.count + unit.utf8.count) / 512
        if let ref = owner.ref { batch.add(metadata, to: ref) } else if let index = owner.index { batch.add(metadata, toNew: index) }
    }
}
