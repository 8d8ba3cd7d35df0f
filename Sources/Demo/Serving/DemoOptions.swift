import Glibc

/// Which incidents the demo plays.
public enum DemoProgram: Sendable {
    /// One after the other, each named in the log.
    case rounds
    /// None.
    case quiet
    /// This one, at once and for so many seconds, and no other.
    case drill(Drill, seconds: Double)

    func playbook(from start: Double, seed: UInt64) -> Playbook {
        switch self {
        case .rounds: .rounds(from: start, seed: seed)
        case .quiet: .quiet
        case .drill(let drill, let seconds): .only(drill, from: start, seconds: seconds)
        }
    }
}

/// What the demo load is told.
public struct DemoOptions: Sendable {
    /// The address to listen on: by default this machine only.
    public var host: String
    /// The first page's port; the others follow it.
    public var basePort: Int
    /// The same seed and time give the same pages.
    public var seed: UInt64
    /// Which incidents are played.
    public var program: DemoProgram
    /// Called once, when every page answers.
    public var onReady: @Sendable () -> Void
    /// Unix seconds.
    public var now: @Sendable () -> Double

    public init(
        host: String = "127.0.0.1", basePort: Int = 19_100, seed: UInt64 = 1, program: DemoProgram = .rounds,
        onReady: @escaping @Sendable () -> Void = {}, now: @escaping @Sendable () -> Double = DemoOptions.wallClock
    ) {
        self.host = host
        self.basePort = basePort
        self.seed = seed
        self.program = program
        self.onReady = onReady
        self.now = now
    }

    /// Unix seconds by the machine's clock.
    public static let wallClock: @Sendable () -> Double = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Why the demo load could not start.
public enum DemoError: Error, CustomStringConvertible {
    /// Another program listens there.
    case portInUse(host: String, port: Int)
    /// The pages' ports, `basePort` and those that follow it, must lie in 1 … 65535.
    case portOutOfRange(Int)

    public var description: String {
        switch self {
        case .portInUse(let host, let port):
            "port \(port) on \(host) is in use by another program; "
                + "the demo needs \(DemoPage.all.count) ports in a row: choose others with --base-port"
        case .portOutOfRange(let port):
            "base port \(port) is outside 1 to \(65_536 - DemoPage.all.count): the demo needs \(DemoPage.all.count) ports in a row"
        }
    }
}
