import Model
import Testing

@testable import PromQL

/// A store filled in the script language, and queries against it.
struct Store {
    var source = ArraySource()

    init(_ script: String) throws {
        for command in try ScriptReader.commands(script) {
            if case .load(let series, let step, _) = command {
                ScriptRunner.load(series, step, false, into: &source)
            }
        }
    }

    init(source: ArraySource) { self.source = source }

    /// `name{a="b"} 5` for each series, in the order of the answer.
    func instant(_ query: String, at time: Timestamp, _ engine: Engine = Engine()) throws(QueryError) -> [String] {
        switch try engine.instant(query, at: time, over: source).value {
        case .scalar(let sample): [FloatFormat.plain(sample.value)]
        case .string(_, let text): [text]
        case .vector(let samples): samples.map { "\($0.labels) \($0.histogram?.text ?? FloatFormat.plain($0.sample.value))" }
        case .matrix(let series):
            series.map { one in
                "\(one.labels) " + zip(one.times, one.values).map { "\(FloatFormat.plain($1))@\($0)" }.joined(separator: " ")
            }
        }
    }

    /// The message of the error that a query gives.
    func error(_ query: String, at time: Timestamp = 0, _ engine: Engine = Engine()) -> String {
        do {
            return "no error but \(try instant(query, at: time, engine))"
        } catch {
            return error.description
        }
    }
}

/// An engine with everything experimental on, but names dropped at once.
let experimentalEngine: Engine = {
    var options = EngineOptions()
    options.features.syntax = .everything
    return Engine(options: options)
}()
