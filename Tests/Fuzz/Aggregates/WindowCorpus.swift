import Chunks
import Model
import TestKit

/// Chunks of made windows with the windows themselves, as JSON, a chunk a line: for readers in other languages. Floats are their bits, in hexadecimal.
struct WindowCorpus {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed) }

    /// The lines of another series.
    mutating func next() -> [String] {
        var maker = WindowMaker(&random)
        if random.below(3) == 0 {
            let (windows, resolution) = maker.histograms(atMost: 300)
            return lines(HistogramAggregateChunk.encode(windows, resolution: resolution), windows.map(Self.text))
        }
        let (windows, resolution) = maker.windows(atMost: 400)
        let column = AggregateColumn()
        for window in windows { column.append(window) }
        return lines(AggregateChunk.encode(column, 0..<column.count, resolution: resolution), windows.map(Self.text))
    }

    private func lines(_ chunks: [EncodedChunk], _ windows: [String]) -> [String] {
        var next = 0
        return chunks.map { chunk in
            defer { next += chunk.count }
            let members = [
                ("encoding", "\(chunk.encoding.rawValue)"), ("bytes", quoted(hexadecimal(chunk.bytes))),
                ("windows", "[" + windows[next..<next + chunk.count].joined(separator: ",") + "]"),
            ]
            return Self.object(members)
        }
    }

    private static func text(_ window: Aggregate) -> String {
        var members = frame(window.end, window.count, window.staleTime, window.isMerged)
        guard window.count > 0 else { return object(members) }
        members += [
            ("firstTime", "\(window.firstTime)"), ("lastTime", "\(window.lastTime)"), ("first", bits(window.first)), ("last", bits(window.last)),
            ("sum", bits(window.sum)), ("minimum", bits(window.minimum)), ("maximum", bits(window.maximum)), ("lost", bits(window.lost)),
            ("resets", "\(window.resets)"),
        ]
        return object(members)
    }

    private static func text(_ window: HistogramAggregate) -> String {
        var members = frame(window.end, window.count, window.staleTime, window.isMerged)
        guard window.count > 0 else { return object(members) }
        members += [
            ("firstTime", "\(window.firstTime)"), ("lastTime", "\(window.lastTime)"), ("first", text(window.first)), ("last", text(window.last)),
            ("sum", window.sum.map { text(.fractional($0)) } ?? "null"), ("lost", window.lost.map { text(.fractional($0)) } ?? "null"),
            ("resets", "\(window.resets)"),
        ]
        return object(members)
    }

    private static func frame(_ end: Timestamp, _ count: Int64, _ stale: Timestamp?, _ isMerged: Bool) -> [(String, String)] {
        [("end", "\(end)"), ("count", "\(count)"), ("stale", stale.map { "\($0)" } ?? "null"), ("merged", isMerged ? "true" : "false")]
    }

    private static func text(_ histogram: NativeHistogram) -> String {
        let sparse = SparseHistogram(histogram)
        func buckets(_ side: [IndexedCount]) -> String {
            object(side.filter { $0.count != 0 }.map { ("\($0.index)", bits($0.count)) })
        }
        return object([
            ("hint", "\(histogram.hint.rawValue)"), ("schema", "\(sparse.schema)"), ("threshold", bits(sparse.zeroThreshold)),
            ("bounds", "[" + sparse.bounds.map(bits).joined(separator: ",") + "]"), ("count", bits(sparse.count)), ("zero", bits(sparse.zeroCount)),
            ("sum", bits(sparse.sum)), ("positive", buckets(sparse.positive)), ("negative", buckets(sparse.negative)),
        ])
    }

    private static func bits(_ value: Double) -> String { "\"\(String(value.bitPattern, radix: 16))\"" }

    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }
}

func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
