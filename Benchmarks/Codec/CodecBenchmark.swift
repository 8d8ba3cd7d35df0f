/// Tells what a sample costs in chunks of floats. Arguments: the number of series, the number of rounds.
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
    }

    private static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
}
