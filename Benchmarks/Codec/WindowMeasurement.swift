import Chunks
import Model

/// What windows cost in chunks.
public struct WindowMeasurement: Sendable {
    /// CPU time for a window, in nanoseconds: the best round.
    public var encode = Double.infinity
    /// Of what a rate needs, and of everything.
    public var decodeRate = Double.infinity
    public var decodeAll = Double.infinity
    public var bytesPerWindow = 0.0

    /// Measures `rounds` rounds over the same series.
    public init(_ workload: WindowWorkload, rounds: Int) throws {
        let columns = workload.series.map { windows in
            let column = AggregateColumn(capacity: windows.count)
            for window in windows { column.append(window) }
            return column
        }
        let windows = Double(columns.count * WindowWorkload.windowsPerSeries)
        var chunks: [EncodedChunk] = []
        let found = AggregateColumn()
        for _ in 0..<rounds {
            let encoding = Measurement.time {
                chunks = columns.flatMap { AggregateChunk.encode($0, 0..<$0.count, resolution: workload.resolution) }
            }
            encode = min(encode, encoding / windows)
            decodeRate = try min(decodeRate, Measurement.time { try Self.decode(chunks, [.first, .resets], columns, found) } / windows)
            decodeAll = try min(decodeAll, Measurement.time { try Self.decode(chunks, .all, columns, found) } / windows)
        }
        bytesPerWindow = Double(chunks.reduce(0) { $0 + $1.bytes.count }) / windows
    }

    private static func decode(_ chunks: [EncodedChunk], _ parts: AggregateParts, _ columns: [AggregateColumn], _ found: AggregateColumn) throws {
        for (i, chunk) in chunks.enumerated() {
            found.removeAll()
            try chunk.bytes.withUnsafeBytes { try AggregateChunk.decode($0, parts, into: found) }
            let last = columns[i].count - 1
            guard found.count == columns[i].count, found.ends[last] == columns[i].ends[last], found.lasts[last] == columns[i].lasts[last] else {
                throw WrongSamples(series: i)
            }
        }
    }
}
