import Chunks
import Glibc
import Model

/// What encoding and decoding a workload costs.
public struct Measurement: Sendable {
    /// CPU time for a sample, in nanoseconds: the best round, because all others were disturbed.
    public var encode = Double.infinity
    public var decode = Double.infinity
    public var bytesPerSample = 0.0

    /// Measures `rounds` rounds over the same series.
    public init(_ workload: Workload, rounds: Int) throws {
        let room = Workload.samplesPerSeries * XORState.longestSample + XORState.appendReserve
        let memory = UnsafeMutableRawPointer.allocate(byteCount: workload.seriesCount * room, alignment: 8)
        defer { memory.deallocate() }
        var lengths = [Int](repeating: 0, count: workload.seriesCount)
        let column = SampleColumn()
        let samples = Double(workload.sampleCount)
        for _ in 0..<rounds {
            encode = min(encode, Self.time { Self.encode(workload, memory, room, &lengths) } / samples)
            decode = try min(decode, Self.time { try Self.decode(workload, memory, room, lengths, column) } / samples)
        }
        bytesPerSample = Double(lengths.reduce(0, +)) / samples
    }

    private static func encode(_ workload: Workload, _ memory: UnsafeMutableRawPointer, _ room: Int, _ lengths: inout [Int]) {
        workload.times.withUnsafeBufferPointer { times in
            workload.values.withUnsafeBufferPointer { values in
                for series in 0..<workload.seriesCount {
                    let buffer = memory + series * room
                    var state = XORState()
                    let first = series * Workload.samplesPerSeries
                    for i in first..<first + Workload.samplesPerSeries { state.append(times[i], values[i], to: buffer) }
                    lengths[series] = state.byteCount
                }
            }
        }
    }

    private static func decode(
        _ workload: Workload, _ memory: UnsafeMutableRawPointer, _ room: Int, _ lengths: [Int], _ column: SampleColumn
    ) throws {
        for series in 0..<workload.seriesCount {
            column.removeAll()
            try XORChunk.decode(UnsafeRawBufferPointer(start: memory + series * room, count: lengths[series]), into: column)
            let last = (series + 1) * Workload.samplesPerSeries - 1
            guard column.count == Workload.samplesPerSeries, column.times[column.count - 1] == workload.times[last],
                column.values[column.count - 1] == workload.values[last]
            else { throw WrongSamples(series: series) }
        }
    }

    /// In nanoseconds of this process.
    static func time(_ body: () throws -> Void) rethrows -> Double {
        let start = now()
        try body()
        return now() - start
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

struct WrongSamples: Error, CustomStringConvertible {
    let series: Int

    var description: String { "series \(series) came out other than it went in" }
}
