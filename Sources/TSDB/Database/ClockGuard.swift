public import Model

/// Decides whether the clock may be believed when data is about to be purged.
///
/// A clock that has jumped by more than an hour, against the monotonic one or, over a restart, against what was believed last, is believed again
/// after the machine has run for a day. Until then nothing is purged.
public struct ClockGuard: Equatable, Sendable {
    public static let jump: Int64 = 3_600_000
    static let wait: Int64 = 24 * 3_600_000

    /// The wall clock when it was believed last; nil if it never was.
    public private(set) var trusted: Timestamp?
    /// How long the clock has run evenly since its jump, in milliseconds; nil if there is nothing to wait for.
    public private(set) var waited: Int64?
    private var wall: Timestamp
    private var monotonic: Int64

    /// - Parameters:
    ///   - known: the latest time that is known to have passed, from the state file or the newest sample on disk; nil in an empty folder.
    ///   - waited: what an earlier run had waited already.
    ///   - monotonic: in milliseconds.
    public init(known: Timestamp?, waited: Int64?, wall: Timestamp, monotonic: Int64) {
        self.wall = wall
        self.monotonic = monotonic
        trusted = known
        if let waited {
            self.waited = waited
        } else if let known, Self.isJump(wall, known) {
            self.waited = 0
        } else {
            trusted = wall
        }
    }

    private static func isJump(_ a: Timestamp, _ b: Timestamp) -> Bool {
        let (distance, overflow) = a.subtractingReportingOverflow(b)
        return overflow || distance.magnitude > UInt64(jump)
    }

    /// Notes the time; true if the clock has jumped since the last call.
    @discardableResult
    public mutating func observe(wall: Timestamp, monotonic: Int64) -> Bool {
        let passed = max(0, monotonic - self.monotonic)
        let jumped = Self.isJump(wall, self.wall &+ passed)
        if jumped {
            waited = 0
        } else if let before = waited {
            waited = before + passed >= Self.wait ? nil : before + passed
        }
        if waited == nil { trusted = wall }
        self.wall = wall
        self.monotonic = monotonic
        return jumped
    }

    /// The time by which purging goes, never later than an hour after the newest sample; nil while the clock is not believed.
    func purgeTime(newestSample: Timestamp?) -> Timestamp? {
        guard waited == nil, let newestSample else { return nil }
        return min(wall, newestSample.later(by: Self.jump))
    }
}
