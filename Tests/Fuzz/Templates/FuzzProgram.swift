import Glibc
import Runtime
import TestKit

/// Fuzzes templates: `TemplateFuzz [seconds] [file]`, from `MARTLET_SEED` on if that is set. The template at hand is always in the file, so that
/// a crash leaves it behind. The last line is `N passed, N failed`.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments
        let seconds = arguments.count > 1 ? Int(arguments[1]) ?? 60 : 60
        let file = arguments.count > 2 ? arguments[2] : "template-fuzz-text"
        let seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        print("\(seconds) seconds from MARTLET_SEED=\(seed), the template at hand in \(file)")
        // Templates have the stack of the server's worker threads.
        startThread { exit(run(seconds, seed, file) ? 0 : 1) }
        while true { pause() }
    }

    private static func run(_ seconds: Int, _ seed: UInt64, _ file: String) -> Bool {
        let atHand = CaseFile(file)
        var fuzz = TemplateFuzz(seed: seed)
        var done = 0
        let end = time(nil) + seconds
        do {
            while time(nil) < end {
                let template = fuzz.next()
                atHand.keep(template)
                try fuzz.check(template)
                done += 1
            }
        } catch {
            print("FAILED after \(done) templates: \(error)")
            print("0 passed, 1 failed")
            return false
        }
        atHand.remove()
        print(
            """
            \(done) templates, \(fuzz.expanded) expanded, \(fuzz.unread) not read, \(fuzz.broken) broken off, \(fuzz.faults.count) kinds of faults, \
            slowest \(fuzz.slowestMilliseconds) ms
            1 passed, 0 failed
            """)
        return true
    }
}
