import Model

/// Reads the promqltest language: blocks of a command line and the lines under it, ended by an empty line or a comment.
struct ScriptReader {
    private let lines: [Substring]
    private var at = 0

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let trimmed = line.trimmed
            return trimmed.first == "#" ? "" : trimmed
        }
    }

    static func commands(_ text: String) throws(ScriptError) -> [ScriptCommand] {
        var reader = ScriptReader(text)
        var commands: [ScriptCommand] = []
        while let command = try reader.next() { commands.append(command) }
        return commands
    }

    private func error(_ message: String) -> ScriptError { ScriptError(line: at, message: message) }

    private mutating func next() throws(ScriptError) -> ScriptCommand? {
        while at < lines.count, lines[at].isEmpty { at += 1 }
        guard at < lines.count else { return nil }
        let line = lines[at]
        at += 1
        let (word, rest) = line.firstWord
        switch word {
        case "clear": return .clear
        case "load": return try load(rest, withCustomBuckets: false)
        case "load_with_nhcb": return try load(rest, withCustomBuckets: true)
        case "eval": return .eval(try eval(rest, nil))
        case "eval_fail": return .eval(try eval(rest, .fail))
        case "eval_warn": return .eval(try eval(rest, .warn))
        case "eval_info": return .eval(try eval(rest, .info))
        case "eval_ordered": return .eval(try eval(rest, .ordered))
        default: throw error("unknown command \(quoted(String(word)))")
        }
    }

    private mutating func body() -> Substring? {
        guard at < lines.count, !lines[at].isEmpty else { return nil }
        at += 1
        return lines[at - 1]
    }

    private mutating func load(_ rest: Substring, withCustomBuckets: Bool) throws(ScriptError) -> ScriptCommand {
        let step = try duration(rest)
        var series: [LoadedSeries] = []
        while let line = body() { series.append(try self.series(line)) }
        return .load(series, step: step, withCustomBuckets: withCustomBuckets)
    }

    // MARK: eval

    private mutating func eval(_ rest: Substring, _ mode: ScriptEval.Annotation?) throws(ScriptError) -> ScriptEval {
        let line = at
        let (times, query) = try evalTimes(rest)
        var eval = ScriptEval(line: line, times: times, query: String(query))
        if let mode { eval.expectations.append(.init(annotation: mode)) }
        while let line = body() { try expectation(line, &eval) }
        return eval
    }

    private func evalTimes(_ text: Substring) throws(ScriptError) -> (ScriptEval.Times, Substring) {
        let (kind, rest) = text.firstWord
        switch kind {
        case "instant":
            let (time, query) = try keyword("at", rest)
            return (.instant(time), query)
        case "range":
            let (from, afterFrom) = try keyword("from", rest)
            let (through, afterThrough) = try keyword("to", afterFrom)
            let (step, query) = try keyword("step", afterThrough)
            return (.range(from: from, through: through, step: step), query)
        default: throw error("expected `instant` or `range`, got \(quoted(String(kind)))")
        }
    }

    /// `at 5m …`
    private func keyword(_ name: String, _ text: Substring) throws(ScriptError) -> (Int64, Substring) {
        let (word, rest) = text.firstWord
        guard word == name else { throw error("expected `\(name)`, got \(quoted(String(word)))") }
        let (time, after) = rest.firstWord
        return (try duration(time), after)
    }

    /// `1h30m`, `-10s`, or seconds.
    private func duration(_ text: Substring) throws(ScriptError) -> Int64 {
        let negative = text.first == "-"
        let body = String(negative ? text.dropFirst() : text)
        if let milliseconds = PromDuration.parse(body) { return negative ? -milliseconds : milliseconds }
        guard let seconds = FloatParsing.parse(body), abs(seconds) < 1e12 else { throw error("bad duration \(quoted(String(text)))") }
        let milliseconds = Int64((seconds * 1000).rounded())
        return negative ? -milliseconds : milliseconds
    }

    private func expectation(_ line: Substring, _ eval: inout ScriptEval) throws(ScriptError) {
        let (word, rest) = line.firstWord
        switch word {
        case "expect": try expect(rest, &eval)
        case "expected_fail_message": eval.expectations.append(.init(annotation: .fail, message: String(rest)))
        case "expected_fail_regexp": eval.expectations.append(.init(annotation: .fail, pattern: String(rest)))
        default:
            if rest.isEmpty, let value = FloatParsing.parse(String(word)) {
                eval.scalar = value
            } else {
                eval.series.append(try series(line))
            }
        }
    }

    private func expect(_ text: Substring, _ eval: inout ScriptEval) throws(ScriptError) {
        let (word, rest) = text.firstWord
        switch word {
        case "string": eval.string = try literal(rest)
        case "range":
            let (_, times) = rest.firstWord
            let (from, afterFrom) = try keyword("from", times)
            let (_, afterThrough) = try keyword("to", afterFrom)
            eval.matrix = (from, try keyword("step", afterThrough).0)
        default:
            guard let annotation = ScriptEval.Annotation(rawValue: String(word)) else { throw error("unknown expectation \(quoted(String(word)))") }
            var expectation = ScriptEval.Expectation(annotation: annotation)
            if rest.hasPrefix("msg:") {
                expectation.message = String(rest.dropFirst(4).trimmed)
            } else if rest.hasPrefix("regex:") {
                expectation.pattern = String(rest.dropFirst(6).trimmed)
            } else if !rest.isEmpty {
                throw error("expected `msg:` or `regex:`, got \(quoted(String(rest)))")
            }
            eval.expectations.append(expectation)
        }
    }

    private func literal(_ text: Substring) throws(ScriptError) -> String {
        do {
            guard case .string(let node) = try PromQLParser.parse(String(text)) else { throw error("expected a string") }
            return node.value
        } catch let problem {
            throw error("bad string: \(problem)")
        }
    }

    private func series(_ line: Substring) throws(ScriptError) -> LoadedSeries {
        do {
            let (labels, rest) = try PromQLParser.parseMetric(String(line))
            var points = rest.trimmed
            let isStartTimes = points.hasPrefix("@st")
            if isStartTimes { points = points.dropFirst(3) }
            if isStartTimes { return LoadedSeries(labels: labels, points: [], startOffsets: try ScriptPoints.startOffsets(points)) }
            return LoadedSeries(labels: labels, points: try ScriptPoints.read(points))
        } catch let problem as ParseError {
            throw error("\(problem)")
        } catch let problem as ScriptPoints.Malformed {
            throw error("\(problem.message)")
        } catch {
            throw self.error("\(error)")
        }
    }
}

extension Substring {
    var trimmed: Substring {
        var text = drop { $0.isWhitespace }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return text
    }

    /// The text up to the first blank, and what follows the blanks.
    var firstWord: (Substring, Substring) {
        let word = prefix { !$0.isWhitespace }
        return (word, self[word.endIndex...].trimmed)
    }
}
