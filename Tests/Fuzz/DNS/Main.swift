import Glibc
import Scraping
import TestKit

/// Fuzzes answers of name servers: `DNSFuzz [seconds] [file]`, from `MARTLET_SEED` on if that is set. The answer at hand is always in the file, as
/// hexadecimal digits, so that a crash leaves it behind. The last line is `N passed, N failed`.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments
        let seconds = arguments.count > 1 ? Int(arguments[1]) ?? 60 : 60
        let file = arguments.count > 2 ? arguments[2] : "dns-fuzz-answer"
        let seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        print("\(seconds) seconds from MARTLET_SEED=\(seed), the answer at hand in \(file)")
        exit(run(seconds, seed, file) ? 0 : 1)
    }

    private static func run(_ seconds: Int, _ seed: UInt64, _ file: String) -> Bool {
        let atHand = CaseFile(file)
        var fuzz = DNSFuzz(seed: seed)
        var done = 0
        let end = time(nil) + seconds
        do {
            while time(nil) < end {
                let (type, bytes, records) = fuzz.next()
                atHand.keep(type.rawValue + " " + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
                try fuzz.check(type, bytes, records)
                done += 1
            }
        } catch {
            print("FAILED after \(done) answers: \(error)")
            print("0 passed, 1 failed")
            return false
        }
        atHand.remove()
        print("\(done) answers, \(fuzz.read) read, \(fuzz.refused) refused for \(fuzz.faults.count) kinds of reasons")
        print("1 passed, 0 failed")
        return true
    }
}
