import TestKit

/// Fuzzes pages of targets; see `FuzzCampaign`.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("page", file: "page-fuzz-page")
        var fuzz = PageFuzz(seed: campaign.seed)
        campaign.run { atHand in
            let page = fuzz.next()
            atHand.keep(page.bytes)
            try fuzz.check(page)
        } summary: { done in
            "\(done) pages, \(fuzz.stored) stored, \(fuzz.refused) refused for \(fuzz.faults.count) kinds of reasons, \(fuzz.compared) samples compared"
        }
    }
}
