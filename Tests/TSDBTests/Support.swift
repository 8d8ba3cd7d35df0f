import Glibc
import Model
import Synchronization
import TSDB

/// How often a random test runs: `usual` times, or as often as `MARTLET_ROUNDS` says.
func rounds(_ usual: Int) -> Int { getenv("MARTLET_ROUNDS").flatMap { Int(String(cString: $0)) }.map { max(1, $0) } ?? usual }

/// A new folder of its own; the caller removes it.
func temporaryFolder() throws -> String {
    var template = Array("/tmp/martlet-test-XXXXXX".utf8CString)
    guard let path = mkdtemp(&template) else { throw FileError(path: "/tmp", operation: "make a folder in", code: errno) }
    return String(cString: path)
}

/// A clock that stands still.
struct FixedClock: Clock {
    var time: Timestamp = 0
    func now() -> Timestamp { time }
    func monotonic() -> Int64 { time * 1_000_000 }
}

func labels(_ pairs: KeyValuePairs<String, String>) -> Labels { Labels(pairs.map { (name: $0.key, value: $0.value) }) }

/// Takes samples of all times; out of order only within `window`.
func freeHead(_ options: HeadOptions = HeadOptions(), window: Int64 = 0) -> Head {
    var options = options
    options.outOfOrderWindow = window
    options.futureTolerance = nil
    return Head(options: options, clock: FixedClock())
}

/// What a source answers, series by series.
struct Answer: Equatable {
    var labels: Labels
    var times: [Timestamp]
    /// As bits: a stale marker and other NaNs are told apart.
    var values: [UInt64]
}

extension SeriesSource {
    func answers(_ matchers: [Matcher] = [], _ from: Timestamp = .min, _ through: Timestamp = .max) throws -> [Answer] {
        let set = try select(Selection(matchers: matchers, from: from, through: through))
        let column = SampleColumn()
        return try (0..<set.count).map { index in
            column.removeAll()
            try set.read(index, from: from, through: through, into: column)
            let values = UnsafeBufferPointer(start: column.values, count: column.count).map(\.bitPattern)
            return Answer(labels: set.labels(index), times: Array(UnsafeBufferPointer(start: column.times, count: column.count)), values: values)
        }
    }
}

extension Head {
    @discardableResult
    func add(_ labels: Labels, _ samples: (Timestamp, Double)...) throws -> AppendOutcome {
        var batch = AppendBatch()
        for (time, value) in samples { batch.add(labels, time, value) }
        return try append(&batch)
    }
}

/// A clock that the test sets; both hands move together.
final class TurnedClock: Clock {
    private let time: Mutex<Timestamp>

    init(_ time: Timestamp) { self.time = Mutex(time) }

    func set(_ time: Timestamp) { self.time.withLock { $0 = time } }
    func now() -> Timestamp { time.withLock { $0 } }
    func monotonic() -> Int64 { now() * 1_000_000 }
}
