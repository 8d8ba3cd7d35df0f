import Glibc
import TestKit

/// Fuzzes what the notifier reads; see `FuzzCampaign`.
@main
enum Main {
    static func main() {
        let campaign = FuzzCampaign("input", file: "notifier-fuzz-input")
        let zones = ["Europe/Berlin", "Africa/Casablanca", "America/St_Johns", "Asia/Gaza", "UTC"].compactMap(content)
        guard !zones.isEmpty else {
            print("the package tzdata is not installed\n0 passed, 1 failed")
            exit(1)
        }
        var fuzz = NotifierFuzz(seed: campaign.seed, zones: zones)
        campaign.run { atHand in
            let input = fuzz.next()
            atHand.keep(String(decoding: input.bytes, as: UTF8.self))
            try fuzz.check(input)
        } summary: { _ in
            "\(fuzz.taken) inputs taken, \(fuzz.refused) refused"
        }
    }

    private static func content(of zone: String) -> [UInt8]? {
        guard let file = fopen("/usr/share/zoneinfo/" + zone, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}
