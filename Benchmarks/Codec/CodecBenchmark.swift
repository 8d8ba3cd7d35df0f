/// Tells what a sample costs in chunks of floats, and what a window does in chunks of windows. Arguments: the number of series, the number of rounds.
@main
struct CodecBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let series = max(arguments.first ?? 2000, 1)
        let rounds = max(arguments.dropFirst().first ?? 40, 1)
        for (name, jitter) in [("regular", 0), ("jitter of 3 ms", 3)] as [(String, Int64)] {
            let measured = try Measurement(Workload(series: series, jitter: jitter), rounds: rounds)
            print(
                "\(name): encode \(rounded(measured.encode)) ns, decode \(rounded(measured.decode)) ns, "
                    + "\(rounded(measured.bytesPerSample)) bytes a sample")
        }
        for (name, resolution) in [("5m", 300_000), ("1h", 3_600_000)] as [(String, Int64)] {
            try measureWindows(name, resolution, max(series / 20, 1), max(rounds / 4, 1))
            let ofHistograms = try HistogramWindowMeasurement(series: max(series / 100, 1), resolution: resolution, rounds: max(rounds / 4, 1))
            print(
                "\(name) windows of native histograms: encode \(rounded(ofHistograms.encode)) ns, decode \(rounded(ofHistograms.decode)) ns, "
                    + "\(rounded(ofHistograms.bytesPerWindow)) bytes a window")
        }
    }

    private static func measureWindows(_ name: String, _ resolution: Int64, _ series: Int, _ rounds: Int) throws {
        var mean = (encode: 0.0, rate: 0.0, all: 0.0, bytes: 0.0)
        for shape in Shape.allCases {
            let measured = try WindowMeasurement(WindowWorkload(shape, series: series, resolution: resolution), rounds: rounds)
            tell("\(name) windows, \(shape.rawValue)", measured.encode, measured.decodeRate, measured.decodeAll, measured.bytesPerWindow)
            let share = shape.share / 100
            mean.encode += measured.encode * share
            mean.rate += measured.decodeRate * share
            mean.all += measured.decodeAll * share
            mean.bytes += measured.bytesPerWindow * share
        }
        tell("\(name) windows, the usual mix", mean.encode, mean.rate, mean.all, mean.bytes)
    }

    private static func tell(_ name: String, _ encode: Double, _ rate: Double, _ all: Double, _ bytes: Double) {
        print(
            "\(name): encode \(rounded(encode)) ns, decode \(rounded(rate)) ns for a rate and \(rounded(all)) ns for all, "
                + "\(rounded(bytes)) bytes a window")
    }

    private static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
}
