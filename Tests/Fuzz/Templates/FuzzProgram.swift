import Glibc
import Runtime
import TestKit

/// Fuzzes templates; see `FuzzCampaign`.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("template", file: "template-fuzz-text")
        // Templates have the stack of the server's worker threads.
        startThread { run(campaign) }
        while true { pause() }
    }

    private static func run(_ campaign: FuzzCampaign) {
        var fuzz = TemplateFuzz(seed: campaign.seed)
        campaign.run { atHand in
            let template = fuzz.next()
            atHand.keep(template)
            try fuzz.check(template)
        } summary: { done in
            """
            \(done) templates, \(fuzz.expanded) expanded, \(fuzz.unread) not read, \(fuzz.broken) broken off, \(fuzz.faults.count) kinds of faults, \
            slowest \(fuzz.slowestMilliseconds) ms
            """
        }
    }
}
