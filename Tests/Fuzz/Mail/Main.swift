import TestKit

/// Fuzzes what is read from mail servers and written into mails; see `FuzzCampaign`.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("input", file: "mail-fuzz-input")
        var fuzz = MailFuzz(seed: campaign.seed)
        campaign.run { atHand in
            let bytes = fuzz.next()
            atHand.keep(String(decoding: bytes, as: UTF8.self))
            try fuzz.check(bytes)
        } summary: { _ in
            "\(fuzz.taken) lists of addresses taken, \(fuzz.refused) refused"
        }
    }
}
