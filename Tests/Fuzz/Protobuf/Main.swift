import TestKit

/// Fuzzes protobuf pages; see `FuzzCampaign`. The page at hand is kept as hexadecimal digits.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("page", file: "protobuf-fuzz-page")
        var fuzz = ProtobufFuzz(seed: campaign.seed)
        campaign.run { atHand in
            let (bytes, isDamaged) = fuzz.next()
            atHand.keep(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
            try fuzz.check(bytes, isDamaged: isDamaged)
        } summary: { done in
            "\(done) pages, \(fuzz.taken) taken with \(fuzz.compared) samples, \(fuzz.refused) refused for \(fuzz.faults.count) kinds of reasons"
        }
    }
}
