import Glibc
import Runtime
import TestKit

/// Fuzzes the parser; see `FuzzCampaign`.
@main
enum Main {
    /// How much memory the queries may cost beyond what the program has after the first of them.
    static let memoryLimit = 64 << 20

    static func main() {
        let campaign = FuzzCampaign("query", file: "parser-fuzz-query")
        // Queries have the stack of the server's worker threads.
        startThread { run(campaign) }
        while true { pause() }
    }

    private static func run(_ campaign: FuzzCampaign) {
        var fuzz = ParserFuzz(seed: campaign.seed)
        var baseline = 0
        var tried = 0
        campaign.run { atHand in
            let query = fuzz.next()
            atHand.keep(query)
            try fuzz.check(query)
            tried += 1
            if tried == 1000 { baseline = peakMemory() }
            if tried.isMultiple(of: 1000), peakMemory() - baseline > memoryLimit {
                throw ParserFuzz.Failure(description: "\(peakMemory() - baseline) bytes more at the peak, at the latest by \(query.prefix(1000))")
            }
        } summary: { done in
            """
            \(done) queries, \(fuzz.accepted) read, \(fuzz.refused) refused with \(fuzz.faults.count) kinds of faults, \
            slowest \(fuzz.slowestMilliseconds) ms, peak memory \(peakMemory() >> 20) MiB (\((peakMemory() - baseline) >> 20) MiB above the start)
            """
        }
    }

    /// The most memory the process has had, in bytes.
    private static func peakMemory() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss << 10
    }
}
