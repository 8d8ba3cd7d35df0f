import Notifications
import Rules
import Runtime
import Scraping
import Synchronization
import TSDB

/// How far the parts of a server have come, for its heartbeat.
///
/// Who has nothing to do cannot stand still: without targets there are no scrapes, and nobody from whom samples must come; without groups of rules
/// there are no evaluations. The notifier always has its round to make.
struct ServerProgress: Sendable {
    let scrapes: ScrapeManager
    let counters: ScrapeCounters
    let head: Head
    let rules: RuleWork

    /// - Parameter turns: rounds of the notifier.
    func reading(turns: Int) -> PartProgress {
        var readings: [PartProgress.Part: PartProgress.Reading] = [.notifier: PartProgress.Reading(count: turns, interval: 1000)]
        if let interval = scrapes.activeTargets().map(\.interval).min() {
            readings[.scrapes] = PartProgress.Reading(count: Int(truncatingIfNeeded: counters.scrapes.value), interval: interval)
            readings[.appends] = PartProgress.Reading(count: head.stats.samplesAppended, interval: interval)
        }
        let numbers = rules.numbers
        if let interval = numbers.map(\.interval).min() {
            readings[.evaluations] = PartProgress.Reading(
                count: numbers.reduce(0) { $0 + $1.numbers.iterations - $1.numbers.iterationsMissed }, interval: interval)
        }
        return PartProgress(readings)
    }
}

/// The parts of the server besides the notifier, once they are there.
final class WatchedParts: Sendable {
    private let parts = Mutex<ServerProgress?>(nil)

    func set(_ new: ServerProgress) { parts.withLock { $0 = new } }

    /// Before they are there, everything stands still.
    func reading(turns: Int) -> PartProgress {
        guard let parts = parts.withLock({ $0 }) else {
            return PartProgress(
                Dictionary(uniqueKeysWithValues: PartProgress.Part.allCases.map { ($0, PartProgress.Reading(count: 0, interval: 1000)) }))
        }
        return parts.reading(turns: turns)
    }
}
