import Scraping
import TestKit

/// Fuzzes answers of name servers; see `FuzzCampaign`. The answer at hand is kept as hexadecimal digits.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("answer", file: "dns-fuzz-answer")
        var fuzz = DNSFuzz(seed: campaign.seed)
        campaign.run { atHand in
            let (type, bytes, records) = fuzz.next()
            atHand.keep(type.rawValue + " " + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
            try fuzz.check(type, bytes, records)
        } summary: { done in
            "\(done) answers, \(fuzz.read) read, \(fuzz.refused) refused for \(fuzz.faults.count) kinds of reasons"
        }
    }
}
