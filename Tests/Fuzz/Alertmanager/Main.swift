import TestKit

/// Fuzzes what is posted to Alertmanager's API; see `FuzzCampaign`.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("body", file: "alertmanager-fuzz-body")
        var fuzz = AlertmanagerFuzz(seed: campaign.seed)
        campaign.run { atHand in
            let body = fuzz.next()
            atHand.keep(String(decoding: body, as: UTF8.self))
            try fuzz.check(body)
        } summary: { _ in
            "\(fuzz.taken) bodies taken, \(fuzz.refused) refused"
        }
    }
}
