import Glibc
import TestKit

/// Fuzzes what the notifier reads: `NotifierFuzz [seconds] [file]`, from `MARTLET_SEED` on if that is set. The input at hand is always in the
/// file, so that a crash leaves it behind. The last line is `N passed, N failed`.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments
        let seconds = arguments.count > 1 ? Int(arguments[1]) ?? 60 : 60
        let file = arguments.count > 2 ? arguments[2] : "notifier-fuzz-input"
        let seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        print("\(seconds) seconds from MARTLET_SEED=\(seed), the input at hand in \(file)")
        exit(run(seconds, seed, file) ? 0 : 1)
    }

    private static func run(_ seconds: Int, _ seed: UInt64, _ file: String) -> Bool {
        let atHand = CaseFile(file)
        let zones = ["Europe/Berlin", "Africa/Casablanca", "America/St_Johns", "Asia/Gaza", "UTC"].compactMap(content)
        guard !zones.isEmpty else {
            print("the package tzdata is not installed\n0 passed, 1 failed")
            return false
        }
        var fuzz = NotifierFuzz(seed: seed, zones: zones)
        let end = time(nil) + seconds
        do {
            while time(nil) < end {
                let input = fuzz.next()
                atHand.keep(String(decoding: input.bytes, as: UTF8.self))
                try fuzz.check(input)
            }
        } catch {
            print("FAILED after \(fuzz.taken + fuzz.refused) inputs: \(error)")
            print("0 passed, 1 failed")
            return false
        }
        atHand.remove()
        print("\(fuzz.taken) inputs taken, \(fuzz.refused) refused\n1 passed, 0 failed")
        return true
    }

    private static func content(of zone: String) -> [UInt8]? {
        guard let file = fopen("/usr/share/zoneinfo/" + zone, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}
