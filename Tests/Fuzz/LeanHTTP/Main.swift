import TestKit

/// Fuzzes responses of targets; see `FuzzCampaign`. The response at hand is kept as hexadecimal digits.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("response", file: "lean-http-fuzz-response")
        var fuzz = LeanHTTPFuzz(seed: campaign.seed)
        campaign.run { atHand in
            let (bytes, body) = fuzz.next()
            atHand.keep(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
            try fuzz.check(bytes, body)
        } summary: { done in
            "\(done) responses, \(fuzz.read) read, \(fuzz.refused) refused for \(fuzz.faults.count) kinds of reasons"
        }
    }
}
