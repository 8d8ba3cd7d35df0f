import Model

/// What is wrong with a script, and in which line.
public struct ScriptError: Error, Sendable, CustomStringConvertible {
    public let line: Int
    public let message: String
    public var description: String { "line \(line): \(message)" }
}

/// A command of the promqltest language.
enum ScriptCommand {
    case clear
    case load([LoadedSeries], step: Int64, withCustomBuckets: Bool)
    case eval(ScriptEval)
}

/// A series as a script writes it: `name{labels} 1 2 _ stale 3+1x5`.
struct LoadedSeries {
    var labels: Labels
    var points: [ScriptPoint]
    /// Where the points are the start times of the next series: how far each lies from its sample's time, in milliseconds, if it is known.
    var startOffsets: [Int64?]?
}

enum ScriptPoint {
    case none
    case value(Double)
    case histogram(ScriptHistogram)
}

/// A query with what must come of it.
struct ScriptEval {
    enum Times {
        case instant(Timestamp)
        case range(from: Timestamp, through: Timestamp, step: Int64)
    }

    enum Annotation: String {
        case fail, warn, info
        case noWarn = "no_warn"
        case noInfo = "no_info"
        case ordered
    }

    /// An `expect` line; at most one of the texts is set.
    struct Expectation {
        var annotation: Annotation
        var message: String?
        var pattern: String?
    }

    let line: Int
    var times: Times
    var query: String
    var expectations: [Expectation] = []
    var series: [LoadedSeries] = []
    var scalar: Double?
    var string: String?
    /// The times of the points that a range vector must have.
    var matrix: (from: Timestamp, step: Int64)?

    func expects(_ annotation: Annotation) -> Bool { expectations.contains { $0.annotation == annotation } }
}
