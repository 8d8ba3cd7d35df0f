import TestKit

/// Fuzzes what sources of targets answer; see `FuzzCampaign`.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("answer", file: "discovery-fuzz-answer")
        var fuzz = DiscoveryFuzz(seed: campaign.seed)
        campaign.run { atHand in
            let input = fuzz.next()
            atHand.keep(input.bytes)
            try fuzz.check(input)
        } summary: { done in
            "\(done) answers, \(fuzz.read) read, \(fuzz.refused) refused"
        }
    }
}
