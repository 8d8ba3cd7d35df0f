public import Model

/// Walks a page of protobuf: `MetricFamily` messages, each behind its length. Nothing is copied, and nothing is recursive. The page's memory must
/// outlive the cursor.
///
/// The messages: https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto. Accepts what Prometheus accepts, but for
/// fields of the form of a group, which it would skip, and for what is more than can be stored. As there, of a field given twice the later one holds,
/// and messages given twice are put together.
public struct MetricFamilyCursor {
    /// A family that has metrics.
    public struct Family: Equatable, Sendable {
        public fileprivate(set) var name = 0..<0
        public fileprivate(set) var help = 0..<0
        /// Empty if there is none.
        public fileprivate(set) var unit = 0..<0
        /// The message.
        public fileprivate(set) var range: Range<Int>
        public fileprivate(set) var kind = Kind.counter
        fileprivate var hasMetrics = false
    }

    /// `MetricType`, with its numbers.
    public enum Kind: UInt64, Sendable {
        case counter, gauge, summary, untyped, histogram, gaugeHistogram

        /// In the words of the text formats.
        public var type: MetricType {
            switch self {
            case .counter: .counter
            case .gauge: .gauge
            case .summary: .summary
            case .untyped: .unknown
            case .histogram: .histogram
            case .gaugeHistogram: .gaugehistogram
            }
        }
    }

    private let page: UnsafeRawBufferPointer
    private var families: WireReader
    /// The rest of the family at hand.
    private var metrics: WireReader
    private var kind = Kind.counter

    public init(_ page: UnsafeRawBufferPointer) {
        self.page = page
        families = WireReader(page)
        metrics = WireReader(page, 0..<0)
    }

    /// The page's own bytes.
    public subscript(range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: page[range]) }

    public func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }

    /// The next family that has metrics; nil at the end of the page.
    public mutating func nextFamily() throws(ProtobufError) -> Family? {
        do {
            while !families.isAtEnd {
                let start = families.position
                let family = try header(try families.bytes(), at: start)
                // As in Prometheus, which does not even look at such a family's name.
                guard family.hasMetrics else { continue }
                try check(family)
                metrics = WireReader(page, family.range)
                kind = family.kind
                return family
            }
            return nil
        } catch {
            throw ProtobufError(error)
        }
    }

    /// Reads the next metric of the family at hand; false at its end.
    public mutating func nextMetric(into metric: inout ProtobufMetric) throws(ProtobufError) -> Bool {
        do {
            while let field = try metrics.next() {
                guard field.number == 4 else {
                    try metrics.skip(field.kind)
                    continue
                }
                try metrics.expect(.bytes, of: field)
                try metric.read(page, try metrics.bytes(), kind)
                return true
            }
            return false
        } catch {
            throw ProtobufError(error)
        }
    }

    /// Fields may come in any order, so all but the metrics is read first.
    private func header(_ range: Range<Int>, at start: Int) throws -> Family {
        var family = Family(range: range)
        var kind: UInt64 = 0
        var reader = WireReader(page, range)
        while let field = try reader.next() {
            switch field.number {
            case 1, 2, 4, 5: try reader.expect(.bytes, of: field)
            case 3: try reader.expect(.varint, of: field)
            default: break
            }
            switch field.number {
            case 1: family.name = try reader.bytes()
            case 2: family.help = try reader.bytes()
            case 3: kind = try reader.varint()
            case 4:
                _ = try reader.bytes()
                family.hasMetrics = true
            case 5: family.unit = try reader.bytes()
            default: try reader.skip(field.kind)
            }
        }
        if let known = Kind(rawValue: kind & 0xffff_ffff) {
            family.kind = known
        } else if family.hasMetrics {
            throw ProtobufError("unknown metric type \(kind) of \(quoted(text(family.name)))", at: start)
        }
        return family
    }

    private func check(_ family: Family) throws(ProtobufError) {
        let name = self[family.name]
        guard !name.isEmpty else { throw ProtobufError("a metric family without a name", at: family.range.lowerBound) }
        guard isUTF8(name) else { throw ProtobufError("the name of a metric family is not valid UTF-8", at: family.name.lowerBound) }
        guard isUTF8(self[family.help]) else {
            throw ProtobufError("the help of \(quoted(text(family.name))) is not valid UTF-8", at: family.help.lowerBound)
        }
        guard family.unit.isEmpty || isSuffix(self[family.unit], of: name, family.kind) else {
            throw ProtobufError("unit \(quoted(text(family.unit))) is not a suffix of \(quoted(text(family.name)))", at: family.unit.lowerBound)
        }
    }

    /// Whether a name ends with an underscore and the unit, that of a counter perhaps with `_total` behind them.
    private func isSuffix(_ unit: UnsafeRawBufferPointer, of name: UnsafeRawBufferPointer, _ kind: Kind) -> Bool {
        let total = "_total".utf8
        let isTotal = kind == .counter && name.count >= total.count && name.suffix(total.count).elementsEqual(total)
        let base = name.dropLast(isTotal ? total.count : 0)
        return base.count > unit.count && base.suffix(unit.count).elementsEqual(unit) && base.dropLast(unit.count).last == UInt8(ascii: "_")
    }
}

/// Why a page is not what its format says, and where.
public struct ProtobufError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The byte in the page, counted from 0.
    public let place: Int
    public let cause: String

    public init(_ cause: String, at place: Int) {
        self.place = place
        self.cause = cause
    }

    init(_ error: any Error) {
        switch error {
        case let error as ProtobufError: self = error
        case let error as WireError: self.init(error.cause, at: error.place)
        default: self.init("\(error)", at: 0)
        }
    }

    public var description: String { "byte \(place): \(cause)" }
}

func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil }
