import CodecBenchmark
import Testing

@Suite("The codec's benchmark")
struct CodecBenchmarkTests {
    @Test("runs at tiny size", arguments: [0, 3] as [Int64])
    func tiny(jitter: Int64) throws {
        let measured = try Measurement(Workload(series: 20, jitter: jitter), rounds: 1)
        #expect(measured.encode > 0 && measured.decode > 0)
        #expect(measured.bytesPerSample > 0.1 && measured.bytesPerSample < 8)
    }

    @Test("runs at tiny size over windows of native histograms")
    func tinyHistogramWindows() throws {
        let measured = try HistogramWindowMeasurement(series: 2, resolution: 300_000, rounds: 1)
        #expect(measured.encode > 0 && measured.decode > 0)
        #expect(measured.bytesPerWindow > 50 && measured.bytesPerWindow < 1000)
    }
}
