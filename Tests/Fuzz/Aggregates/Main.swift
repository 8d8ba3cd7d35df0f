import Chunks
import TestKit

/// Fuzzes chunks of windows; see `FuzzCampaign`. The chunk at hand is kept as its encoding and hexadecimal digits.
///
/// `AggregateFuzz corpus SERIES SEED` prints made chunks and what is in them instead.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments
        if arguments.count == 4, arguments[1] == "corpus", let series = Int(arguments[2]), let seed = UInt64(arguments[3]) {
            return printCorpus(series, seed)
        }
        let campaign = FuzzCampaign("chunk", file: "aggregate-fuzz-chunk")
        var fuzz = AggregateFuzz(seed: campaign.seed)
        campaign.run { atHand in
            guard let chunk = try fuzz.next() else { return }
            atHand.keep("\(chunk.encoding.rawValue) " + hexadecimal(chunk.bytes))
            try fuzz.check(chunk)
        } summary: { done in
            "\(done) chunks, \(fuzz.read) read, \(fuzz.refused) refused for \(fuzz.faults.count) kinds of reasons"
        }
    }

    private static func printCorpus(_ series: Int, _ seed: UInt64) {
        var corpus = WindowCorpus(seed: seed)
        for _ in 0..<series { for line in corpus.next() { print(line) } }
    }
}
