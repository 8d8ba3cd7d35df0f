import Exposition
import Model

/// A sample of a page with its labels, for comparisons.
struct ParsedSample: Equatable, CustomStringConvertible {
    let labels: Labels
    let value: Double
    let timestamp: Timestamp?

    static func == (a: ParsedSample, b: ParsedSample) -> Bool {
        a.labels == b.labels && a.value.bitPattern == b.value.bitPattern && a.timestamp == b.timestamp
    }

    var description: String { "\(labels) \(value)" + (timestamp.map { " @\($0)" } ?? "") }
}

/// A page parsed as a whole.
struct ParsedPage {
    var samples: [ParsedSample] = []
    var metadata: [String] = []
    /// Those that make sense.
    var exemplars: [ExposedExemplar] = []

    init(_ text: String, _ format: ExpositionFormat) throws { try self.init(Array(text.utf8), format) }

    init(_ bytes: [UInt8], _ format: ExpositionFormat) throws {
        try bytes.withUnsafeBytes { page in
            var cursor = ExpositionCursor(page, format: format)
            while true {
                switch try cursor.next() {
                case .end: return
                case .comment: continue
                case .type(let name, let type): metadata.append("TYPE \(Self.text(cursor[name])) \(type.rawValue)")
                case .help(let name, let text): metadata.append("HELP \(Self.text(cursor[name])) \(cursor.helpText(text))")
                case .unit(let name, let text): metadata.append("UNIT \(Self.text(cursor[name])) \(Self.text(cursor[text]))")
                case .series(let line):
                    if let exemplar = try? cursor.exemplar(of: line) { exemplars.append(exemplar) }
                    let labels = try KeyReader.labels(cursor[line.key], format: format)
                    samples.append(ParsedSample(labels: labels, value: line.value, timestamp: line.timestamp))
                }
            }
        }
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// A repeatable source of randomness.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
