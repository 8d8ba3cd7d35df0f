import Glibc
import Runtime
import TestKit

/// Fuzzes the parser: `ParserFuzz [seconds] [file]`, from `MARTLET_SEED` on if that is set. The query at hand is always in the file, so that a
/// crash leaves it behind. The last line is `N passed, N failed`.
@main
enum Main {
    /// How much memory the queries may cost beyond what the program has after the first of them.
    static let memoryLimit = 64 << 20

    static func main() {
        let arguments = CommandLine.arguments
        let seconds = arguments.count > 1 ? Int(arguments[1]) ?? 60 : 60
        let file = arguments.count > 2 ? arguments[2] : "parser-fuzz-query"
        let seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        print("\(seconds) seconds from MARTLET_SEED=\(seed), the query at hand in \(file)")
        // Queries have the stack of the server's worker threads.
        startThread { exit(run(seconds, seed, file) ? 0 : 1) }
        while true { pause() }
    }

    private static func run(_ seconds: Int, _ seed: UInt64, _ file: String) -> Bool {
        let atHand = CaseFile(file)
        var fuzz = ParserFuzz(seed: seed)
        var baseline = 0
        var done = 0
        let end = time(nil) + seconds
        do {
            while time(nil) < end {
                let query = fuzz.next()
                atHand.keep(query)
                try fuzz.check(query)
                done += 1
                if done == 1000 { baseline = peakMemory() }
                if done.isMultiple(of: 1000), peakMemory() - baseline > memoryLimit {
                    throw ParserFuzz.Failure(description: "\(peakMemory() - baseline) bytes more at the peak, at the latest by \(query.prefix(1000))")
                }
            }
        } catch {
            print("FAILED after \(done) queries: \(error)")
            print("0 passed, 1 failed")
            return false
        }
        atHand.remove()
        print(
            """
            \(done) queries, \(fuzz.accepted) read, \(fuzz.refused) refused with \(fuzz.faults.count) kinds of faults, \
            slowest \(fuzz.slowestMilliseconds) ms, peak memory \(peakMemory() >> 20) MiB (\((peakMemory() - baseline) >> 20) MiB above the start)
            1 passed, 0 failed
            """)
        return true
    }

    /// The most memory the process has had, in bytes.
    private static func peakMemory() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss << 10
    }
}
