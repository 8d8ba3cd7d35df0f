import TestKit

/// Fuzzes write requests; see `FuzzCampaign`. The message at hand is kept as hexadecimal digits, behind its version.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("message", file: "remote-write-fuzz-message")
        var fuzz = RemoteWriteFuzz(seed: campaign.seed)
        campaign.run { atHand in
            let (isSecond, bytes, isDamaged) = fuzz.next()
            atHand.keep((isSecond ? "2 " : "1 ") + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
            try fuzz.check(isSecond, bytes, isDamaged: isDamaged)
        } summary: { done in
            "\(done) messages, \(fuzz.taken) taken, \(fuzz.malformed) malformed, \(fuzz.compared) series as they were sent"
        }
    }
}
