import Exposition
import Model

/// Knows which lines of a page are parts of classic histograms, and gathers those of the histogram at hand.
///
/// What a line is, and of which histogram, follows from its key and the last TYPE line alone; it is kept, so that no labels are looked at again.
struct ClassicConverter {
    enum Role: Equatable {
        case bucket(Double)
        case sum, count
    }

    struct Part {
        let role: Role
        /// What its labels say without the bound, under the histogram's name.
        let histogram: LineKey
        /// The name in the TYPE line.
        let family: LineKey
        fileprivate var page: UInt32
    }

    /// The histogram at hand.
    struct Group {
        let key: LineKey
        /// The key of one of its lines.
        let line: Range<Int>
        var collector = ClassicCollector()
        var timestamp: Timestamp?
        var exemplars: [ExposedExemplar] = []
    }

    /// What is known of more lines than so many is not kept.
    private static let mostParts = 1 << 20

    private var parts: [LineKey: Part] = [:]
    private var page: UInt32 = 0
    private var seen = 0
    /// The name in the last TYPE line, if that was one of histograms.
    var family: LineKey?
    private(set) var group: Group?

    mutating func beginPage() {
        page &+= 1
        seen = 0
        family = nil
        group = nil
    }

    /// Forgets lines that pages have no more.
    mutating func endPage() {
        let page = page
        if parts.count > 2 * seen + 64 { parts = parts.filter { $0.value.page == page } }
    }

    /// What a line is a part of; nil for every other line.
    mutating func part(_ line: SeriesLine, _ cursor: ExpositionCursor) -> Part? {
        guard let family else { return nil }
        let key = LineKey(cursor[line.key])
        if var known = parts[key], known.family == family {
            if known.page != page {
                known.page = page
                parts[key] = known
                seen += 1
            }
            return known
        }
        guard let found = Self.read(cursor[line.key], cursor.format, family), let base = found.labels else { return nil }
        let histogram = base.encoding.withUnsafeBytes { LineKey($0) }
        let part = Part(role: found.role, histogram: histogram, family: family, page: page)
        guard parts.count < Self.mostParts else { return part }
        parts[key] = part
        seen += 1
        return part
    }

    /// Adds a line to its histogram, which is the one at hand or begins with it. `exemplar`: if it is kept.
    mutating func add(_ line: SeriesLine, _ part: Part, _ exemplar: ExposedExemplar?) {
        var one = group ?? Group(key: part.histogram, line: line.key)
        group = nil
        one.timestamp = line.timestamp
        switch part.role {
        case .bucket(let bound): one.collector.addBucket(bound, line.value)
        case .sum: one.collector.setSum(line.value)
        case .count: one.collector.setCount(line.value)
        }
        if let exemplar { one.exemplars.append(exemplar) }
        group = one
    }

    mutating func takeGroup() -> Group? {
        defer { group = nil }
        return group
    }

    /// The labels of the histogram that a line is a part of.
    static func labels(_ key: UnsafeRawBufferPointer, _ format: ExpositionFormat) throws -> Labels? {
        try split(try KeyReader.labels(key, format: format))?.labels
    }

    private static func read(_ key: UnsafeRawBufferPointer, _ format: ExpositionFormat, _ family: LineKey) -> (role: Role, labels: Labels?)? {
        guard let labels = try? KeyReader.labels(key, format: format), let (role, base) = split(labels) else { return nil }
        var name = base.metricName ?? ""
        return name.withUTF8({ LineKey(UnsafeRawBufferPointer($0)) }) == family ? (role, base) : nil
    }

    private static func split(_ labels: Labels) -> (role: Role, labels: Labels)? {
        guard let name = labels.metricName else { return nil }
        let role: Role
        let suffix: String
        if name.utf8.elementsEqualAtEnd("_bucket"), let text = labels["le"], let bound = FloatParsing.parse(text), !bound.isNaN {
            (role, suffix) = (.bucket(bound), "_bucket")
        } else if name.utf8.elementsEqualAtEnd("_count") {
            (role, suffix) = (.count, "_count")
        } else if name.utf8.elementsEqualAtEnd("_sum") {
            (role, suffix) = (.sum, "_sum")
        } else {
            return nil
        }
        let base = String(decoding: name.utf8.dropLast(suffix.utf8.count), as: UTF8.self)
        return base.isEmpty ? nil : (role, labels.dropping(["le"]).setting(Labels.metricName, base))
    }
}

extension String.UTF8View {
    fileprivate func elementsEqualAtEnd(_ text: String) -> Bool { count > text.utf8.count && suffix(text.utf8.count).elementsEqual(text.utf8) }
}
