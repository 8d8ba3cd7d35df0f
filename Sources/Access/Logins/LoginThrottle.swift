/// How long the answer to a wrong login is kept back: longer with each one from the same address or for the same user, up to a limit.
///
/// The answer to a right one never is; nobody can lock another out. So that nothing is won by asking many times at once, only so many logins of an
/// address are looked at together. Times are monotonic nanoseconds. Not for several threads.
struct LoginThrottle: Sendable {
    struct Limits: Sendable {
        var shortest: Int64 = 250_000_000
        var longest: Int64 = 10_000_000_000
        /// After so long without a wrong login all is forgotten.
        var memory: Int64 = 900_000_000_000
        var loginsAtOnce = 8
        /// Addresses and users that are remembered.
        var entries = 8192
        /// Answers kept back at once, from everywhere.
        var keptBack = 1024
    }

    private enum Subject: Hashable {
        case address(String)
        case user(String)
    }

    private struct Failures {
        var count = 0
        var last: Int64
    }

    private let limits: Limits
    private var failures: [Subject: Failures] = [:]
    private var atWork: [String: Int] = [:]
    private var keptBack = 0

    init(_ limits: Limits = Limits()) { self.limits = limits }

    /// False if so many logins of this address are being looked at, or their answers kept back, that another must wait.
    mutating func begin(_ address: String) -> Bool {
        let network = ClientAddress.network(address)
        let count = atWork[network, default: 0]
        guard count < limits.loginsAtOnce else { return false }
        atWork[network] = count + 1
        return true
    }

    mutating func end(_ address: String) {
        let network = ClientAddress.network(address)
        guard let count = atWork[network] else { return }
        atWork[network] = count > 1 ? count - 1 : nil
    }

    /// Notes a wrong login and returns how long its answer is kept back. `release` must follow.
    mutating func failed(_ address: String, user: String?, now: Int64) -> Int64 {
        keptBack += 1
        let subjects = [.address(ClientAddress.network(address))] + (user.map { [Subject.user($0)] } ?? [])
        let most = subjects.map { note($0, now) }.max() ?? 1
        guard keptBack <= limits.keptBack else { return 0 }
        let doublings = min(most - 1, 40)
        return min(limits.longest, limits.shortest << doublings)
    }

    mutating func release() { keptBack -= 1 }

    private mutating func note(_ subject: Subject, _ now: Int64) -> Int {
        var entry = failures[subject] ?? Failures(last: now)
        if now - entry.last > limits.memory { entry.count = 0 }
        entry.count += 1
        entry.last = now
        if failures[subject] == nil, failures.count >= limits.entries { makeRoom(now) }
        failures[subject] = entry
        return entry.count
    }

    /// What is over goes; if nothing is, those with the fewest failures.
    private mutating func makeRoom(_ now: Int64) {
        failures = failures.filter { now - $0.value.last <= limits.memory }
        guard failures.count >= limits.entries else { return }
        let worst = failures.sorted { $0.value.count > $1.value.count }.prefix(limits.entries / 2)
        failures = Dictionary(uniqueKeysWithValues: worst.map { ($0.key, $0.value) })
    }
}
