import Chunks
import Model
import TSDB

/// Writes a small block the plain way, straight from the description of the format, so that reading is tested against something else than our own
/// writer, and broken blocks with right checksums can be made.
struct PlainBlock {
    /// By labels; the chunks' samples.
    var series: [(labels: Labels, chunks: [[Sample]])] = []
    var minTime: Timestamp = 0
    var maxTime: Timestamp = 1_000_000
    /// Changes the bytes of a section before it gets its checksum; for tests of damage.
    var spoil: (Section, inout [UInt8]) -> Void = { _, _ in }

    enum Section: CaseIterable {
        case chunk, symbols, series, postings, table, contents
    }

    static let ulid = ULID(high: 1 << 40, low: 7)
    var ulid = Self.ulid

    func write(_ folder: String, _ files: any FileSystem) throws {
        let sorted = series.sorted { $0.labels < $1.labels }
        try files.makeFolder(folder + "/chunks")
        let (segment, references) = segment(sorted.map(\.chunks))
        for (name, bytes) in [("/chunks/000001", segment), ("/index", index(sorted, references))] {
            let file = try files.open(folder + name, .create)
            try file.append(bytes)
            try file.sync()
        }
        for path in [folder + "/chunks", folder, FilePath.folder(folder)] { try files.syncFolder(path) }
        var meta = BlockMeta(ulid: ulid, minTime: minTime, maxTime: maxTime)
        meta.stats.series = series.count
        meta.stats.chunks = series.reduce(0) { $0 + $1.chunks.count }
        meta.stats.samples = series.reduce(0) { $0 + $1.chunks.reduce(0) { $0 + $1.count } }
        meta.stats.floatSamples = meta.stats.samples
        meta.compaction.sources = [ulid]
        try meta.write(folder, files)
    }

    private func segment(_ series: [[[Sample]]]) -> ([UInt8], [[Int]]) {
        var bytes = word(0x85BD_40DD) + [1, 0, 0, 0]
        let references = series.map { chunks in
            chunks.map { samples in
                let reference = bytes.count
                var data = [1] + encode(samples)
                spoil(.chunk, &data)
                bytes += uvarint(UInt64(data.count - 1)) + data + word(sum(data))
                return reference
            }
        }
        return (bytes, references)
    }

    private func encode(_ samples: [Sample]) -> [UInt8] {
        var state = XORState()
        var buffer = [UInt8](repeating: 0, count: 40 + samples.count * 24)
        buffer.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for sample in samples { state.append(sample.time, sample.value, to: base) }
        }
        return Array(buffer.prefix(max(2, state.byteCount)))
    }

    private func index(_ series: [(labels: Labels, chunks: [[Sample]])], _ references: [[Int]]) -> [UInt8] {
        let texts = series.flatMap { $0.labels.flatMap { [Array($0.name.utf8), Array($0.value.utf8)] } }
        let symbols = Set(texts).sorted { $0.lexicographicallyPrecedes($1) }
        let ordinals = Dictionary(uniqueKeysWithValues: zip(symbols, symbols.indices))
        var bytes = word(0xBAAA_D700) + [2]
        var offsets = [bytes.count]
        bytes += section(.symbols, word(UInt32(symbols.count)) + symbols.flatMap(field))
        var postings: [[[UInt8]]: [UInt32]] = [:]
        var all: [UInt32] = []
        align(&bytes, 16)
        offsets.append(bytes.count)
        for (entry, references) in zip(series, references) {
            align(&bytes, 16)
            let number = UInt32(bytes.count / 16)
            all.append(number)
            for label in entry.labels { postings[[Array(label.name.utf8), Array(label.value.utf8)], default: []].append(number) }
            var body = seriesBody(entry.labels, entry.chunks, references, ordinals)
            spoil(.series, &body)
            bytes += uvarint(UInt64(body.count)) + body + word(sum(body))
        }
        offsets.append(bytes.count)
        align(&bytes, 4)
        let start = bytes.count
        var table = word(UInt32(postings.count + 1))
        for (key, list) in [([[], []], all)] + postings.sorted(by: { ($0.key[0], $0.key[1]) < ($1.key[0], $1.key[1]) }) {
            align(&bytes, 4)
            table += [2] + field(key[0]) + field(key[1]) + uvarint(UInt64(bytes.count))
            bytes += section(.postings, word(UInt32(list.count)) + list.flatMap(word))
        }
        let tableStart = bytes.count
        bytes += section(.table, table)
        var contents = (offsets + [tableStart, start, tableStart]).flatMap { word(UInt32(0)) + word(UInt32($0)) }
        spoil(.contents, &contents)
        return bytes + contents + word(sum(contents))
    }

    private func seriesBody(_ labels: Labels, _ chunks: [[Sample]], _ references: [Int], _ ordinals: [[UInt8]: Int]) -> [UInt8] {
        var body = uvarint(UInt64(labels.count))
        for label in labels {
            body += uvarint(UInt64(ordinals[Array(label.name.utf8)] ?? 0)) + uvarint(UInt64(ordinals[Array(label.value.utf8)] ?? 0))
        }
        body += uvarint(UInt64(chunks.count))
        var last: (time: Timestamp, reference: Int)?
        for (samples, reference) in zip(chunks, references) {
            let from = samples.first?.time ?? 0
            let through = samples.last?.time ?? 0
            if let last {
                body += uvarint(UInt64(bitPattern: from - last.time)) + uvarint(UInt64(through - from)) + varint(Int64(reference - last.reference))
            } else {
                body += varint(from) + uvarint(UInt64(through - from)) + uvarint(UInt64(reference))
            }
            last = (through, reference)
        }
        return body
    }

    private func section(_ section: Section, _ contents: [UInt8]) -> [UInt8] {
        var contents = contents
        spoil(section, &contents)
        return word(UInt32(contents.count)) + contents + word(sum(contents))
    }
}

private func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
private func varint(_ value: Int64) -> [UInt8] { uvarint(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }
private func field(_ bytes: [UInt8]) -> [UInt8] { uvarint(UInt64(bytes.count)) + bytes }

/// CRC-32C, bit by bit.
private func sum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in
        (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }
}

private func uvarint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}

private func align(_ bytes: inout [UInt8], _ multiple: Int) {
    while bytes.count % multiple != 0 { bytes.append(0) }
}

private func < (a: ([UInt8], [UInt8]), b: ([UInt8], [UInt8])) -> Bool {
    a.0 == b.0 ? a.1.lexicographicallyPrecedes(b.1) : a.0.lexicographicallyPrecedes(b.0)
}
