import Glibc
import Runtime

/// Says on the standard error how far a long work is: on a terminal in one line that changes; elsewhere, where that was asked for, in a line every
/// few seconds.
struct ProgressMeter {
    private static let pause: Int64 = 10_000_000_000

    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let speaksElsewhere: Bool
    private var shown = -1
    private var told = SystemClock().monotonic()

    init(elsewhere: Bool = false) { speaksElsewhere = elsewhere }

    mutating func show(_ done: Int, of all: Int, _ text: String) {
        let hundredths = all > 0 ? Int(Double(done) / Double(all) * 100) : 100
        if isTerminal, hundredths > shown {
            shown = hundredths
            return StorageCommand.note("\r\(hundredths) %, \(text)", end: "")
        }
        let now = SystemClock().monotonic()
        guard speaksElsewhere, !isTerminal, now - told >= Self.pause else { return }
        told = now
        StorageCommand.note("\(hundredths) %, \(text)")
    }

    func end() {
        if isTerminal, shown >= 0 { StorageCommand.note("") }
    }
}
