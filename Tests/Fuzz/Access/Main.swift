import NIOSSL
import TestKit

/// Fuzzes what is read before a login; see `FuzzCampaign`.
@main
enum Main {
    static func main() throws {
        let campaign = FuzzCampaign("header or certificate", file: "access-fuzz-input")
        let sound = try NIOSSLCertificate(bytes: Array(FuzzCertificate.pem.utf8), format: .pem).toDERBytes()
        var fuzz = AccessFuzz(seed: campaign.seed, certificate: sound)
        campaign.run { atHand in
            let one = fuzz.next()
            atHand.keep("\(one)")
            try fuzz.check(one)
        } summary: { done in
            "\(done) inputs, \(fuzz.read) read, \(fuzz.refused) refused"
        }
    }
}
