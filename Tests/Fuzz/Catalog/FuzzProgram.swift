import Glibc
import TestKit

/// Fuzzes the catalog's files; see `FuzzCampaign`.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("file", file: "catalog-fuzz-file")
        do {
            var fuzz = try CatalogFuzz(seed: campaign.seed, folder: "catalog-fuzz-\(getpid())")
            campaign.run { atHand in
                let (name, bytes) = fuzz.next()
                atHand.keep(name + "\n" + String(decoding: bytes, as: UTF8.self))
                try fuzz.check(name, bytes)
            } summary: { _ in
                "\(fuzz.opened) opened, \(fuzz.refused) refused"
            }
        } catch {
            print("the catalog cannot be made: \(error)\n0 passed, 1 failed")
            exit(1)
        }
    }
}
