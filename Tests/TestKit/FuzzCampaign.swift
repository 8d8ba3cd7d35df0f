import Glibc

/// What a program does that fuzzes for some time: `NAME [seconds] [file]`, from `MARTLET_SEED` on if that is set. The case at hand is always in the
/// file, so that a crash leaves it behind. The last line is `N passed, N failed`.
public struct FuzzCampaign: Sendable {
    public let seed: UInt64
    private let seconds: Int
    private let file: String

    /// - Parameters:
    ///   - what: a case, as people are told of it.
    ///   - file: where the case at hand is, unless the command says otherwise.
    public init(_ what: String, file: String) {
        let arguments = CommandLine.arguments
        seconds = arguments.count > 1 ? Int(arguments[1]) ?? 60 : 60
        self.file = arguments.count > 2 ? arguments[2] : file
        seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
        print("\(seconds) seconds from MARTLET_SEED=\(seed), the \(what) at hand in \(self.file)")
    }

    /// Tries one case after the other, until the time is over or one fails, and ends the program.
    ///
    /// - Parameters:
    ///   - tryNext: must keep its case in the file before it tries it.
    ///   - summary: what to tell of so many cases.
    public func run(_ tryNext: (CaseFile) throws -> Void, summary: (Int) -> String) -> Never {
        let atHand = CaseFile(file)
        var done = 0
        let end = time(nil) + seconds
        do {
            while time(nil) < end {
                try tryNext(atHand)
                done += 1
            }
        } catch {
            print("FAILED after \(done) cases: \(error)")
            print("0 passed, 1 failed")
            exit(1)
        }
        atHand.remove()
        print(summary(done))
        print("1 passed, 0 failed")
        exit(0)
    }
}
