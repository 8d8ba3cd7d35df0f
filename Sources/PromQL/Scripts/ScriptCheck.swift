import Model

/// Runs one eval and compares.
struct ScriptCheck {
    private let eval: ScriptEval
    private let engine: Engine
    private let source: ArraySource

    init(_ eval: ScriptEval, _ engine: Engine, _ source: ArraySource) {
        self.eval = eval
        self.engine = engine
        self.source = source
    }

    /// Why the eval fails, nil if it passes.
    func failure() -> String? {
        do {
            let result = try query()
            if eval.expects(.fail) { return "expected an error, got \(describe(result.value))" }
            return try annotationMismatch(result) ?? mismatch(result.value) ?? rangeMismatch(result)
        } catch {
            return errorMismatch(error)
        }
    }

    private func query() throws(QueryError) -> QueryResult {
        switch eval.times {
        case .instant(let time): try engine.instant(eval.query, at: time, over: source)
        case .range(let from, let through, let step): try engine.range(eval.query, from: from, through: through, step: step, over: source)
        }
    }

    // MARK: Errors and annotations

    private func errorMismatch(_ error: any Error) -> String? {
        // What the storage cannot hold and what the engine cannot do are never what a script means by failing.
        if let error = error as? QueryError {
            if case .storage(let message) = error { return message }
            if error.description.hasSuffix("is not supported") { return error.description }
        }
        guard eval.expects(.fail) else { return "error: \(error)" }
        let message = (error as? QueryError)?.scriptMessage ?? "\(error)"
        for expectation in eval.expectations where expectation.annotation == .fail {
            if !matches(expectation, [message]) { return "expected the error \(wanted(expectation)), got \(message)" }
        }
        return nil
    }

    private func annotationMismatch(_ result: QueryResult) -> String? {
        for expectation in eval.expectations {
            switch expectation.annotation {
            case .warn where !matches(expectation, result.warnings): return "expected the warning \(wanted(expectation)), got \(result.warnings)"
            case .info where !matches(expectation, result.infos): return "expected the info \(wanted(expectation)), got \(result.infos)"
            case .noWarn where !result.warnings.isEmpty: return "expected no warnings, got \(result.warnings)"
            case .noInfo where !result.infos.isEmpty: return "expected no infos, got \(result.infos)"
            default: continue
            }
        }
        return nil
    }

    private func matches(_ expectation: ScriptEval.Expectation, _ messages: [String]) -> Bool {
        if let message = expectation.message { return messages.contains { sameBytes($0, message) } }
        // Patterns match anywhere in the message.
        if let pattern = expectation.pattern, let regex = try? LabelRegex(".*(?:\(pattern)).*") { return messages.contains(where: regex.matches) }
        return !messages.isEmpty
    }

    private func wanted(_ expectation: ScriptEval.Expectation) -> String {
        expectation.message ?? expectation.pattern.map { "/\($0)/" } ?? ""
    }

    // MARK: Values

    private func mismatch(_ value: QueryValue) -> String? {
        switch value {
        case .scalar, .string: if !expected().isEmpty { return "expected series, got \(describe(value))" }
        case .vector, .matrix: break
        }
        switch value {
        case .string(_, let text):
            guard let wanted = eval.string else { return "expected no string, got \(quoted(text))" }
            return sameBytes(wanted, text) ? nil : "expected \(quoted(wanted)), got \(quoted(text))"
        case .scalar(let sample):
            guard let wanted = eval.scalar else { return "expected no scalar, got \(FloatFormat.plain(sample.value))" }
            return almostEqual(wanted, sample.value) ? nil : "expected \(FloatFormat.plain(wanted)), got \(FloatFormat.plain(sample.value))"
        case .vector, .matrix:
            if eval.string != nil || eval.scalar != nil && !isRange { return "expected a string or scalar, got \(describe(value))" }
            if eval.matrix != nil, case .vector = value { return "expected a range vector, got \(describe(value))" }
            if eval.matrix == nil, !isRange, case .matrix = value { return "expected an instant vector, got \(describe(value))" }
            return seriesMismatch(value)
        }
    }

    private var isRange: Bool { if case .range = eval.times { true } else { false } }

    private func seriesMismatch(_ value: QueryValue) -> String? {
        let got = series(value)
        let wanted = expected()
        for (labels, _) in got where !wanted.contains(where: { $0.labels == labels }) {
            return "unexpected series \(labels) in \(describe(value))"
        }
        for (labels, points) in wanted {
            guard let found = got.first(where: { $0.labels == labels }) else { return "missing series \(labels) in \(describe(value))" }
            if let difference = difference(points, found.points) { return "\(labels): \(difference)" }
        }
        guard got.count == wanted.count else { return "expected \(wanted.count) series, got \(describe(value))" }
        if eval.expects(.ordered), zip(got, wanted).contains(where: { $0.labels != $1.labels }) {
            return "expected the order \(wanted.map { "\($0.labels)" }), got \(got.map { "\($0.labels)" })"
        }
        return nil
    }

    private typealias Points = [(time: Timestamp, value: Double, histogram: FloatHistogram?)]
    private typealias Wanted = [(time: Timestamp, point: ScriptPoint)]

    private func difference(_ wanted: Wanted, _ got: Points) -> String? {
        let isSame =
            wanted.count == got.count
            && zip(wanted, got).allSatisfy { wanted, got in
                guard wanted.time == got.time else { return false }
                switch (wanted.point, got.histogram) {
                case (.value(let value), nil): return almostEqual(value, got.value)
                case (.histogram(let histogram), let got?): return histogram.isAlmost(got)
                default: return false
                }
            }
        return isSame ? nil : "expected \(list(wanted)), got \(list(got))"
    }

    private func list(_ points: Points) -> String {
        points.map { "\(text($0.value, $0.histogram))@\($0.time)" }.joined(separator: " ")
    }

    private func list(_ points: Wanted) -> String {
        points.map { time, point in
            switch point {
            case .none: "_@\(time)"
            case .value(let value): "\(FloatFormat.plain(value))@\(time)"
            case .histogram(let one): "\(one.histogram.text) \(one.hint.map { "\($0)" } ?? "")@\(time)"
            }
        }.joined(separator: " ")
    }

    private func text(_ value: Double, _ histogram: FloatHistogram?) -> String {
        histogram.map { "\(SparseHistogram($0).text) schema \($0.layout.schema) \($0.hint)" } ?? FloatFormat.plain(value)
    }

    private func series(_ value: QueryValue) -> [(labels: Labels, points: Points)] {
        switch value {
        case .vector(let samples): samples.map { ($0.labels, [($0.sample.time, $0.sample.value, $0.histogram)]) }
        case .matrix(let series):
            series.map { one in
                let floats: Points = zip(one.times, one.values).map { ($0, $1, nil) }
                let histograms: Points = one.histograms.map { ($0.time, .nan, $0.histogram) }
                return (one.labels, (floats + histograms).sorted { $0.time < $1.time })
            }
        default: []
        }
    }

    /// The expected series with times; those without any point need not come.
    private func expected() -> [(labels: Labels, points: Wanted)] {
        let (start, step): (Timestamp, Int64) =
            switch (eval.times, eval.matrix) {
            case (_, let matrix?): (matrix.from, matrix.step)
            case (.instant(let time), nil): (time, 0)
            case (.range(let from, _, let step), nil): (from, step)
            }
        var lines = eval.series
        if let scalar = eval.scalar, isRange { lines.append(LoadedSeries(labels: .empty, points: [.value(scalar)])) }
        return lines.compactMap { line in
            var points: Wanted = []
            for (index, point) in line.points.enumerated() {
                if case .none = point { continue }
                points.append((start + Int64(index) * step, point))
            }
            return points.isEmpty ? nil : (line.labels, points)
        }
    }

    private func describe(_ value: QueryValue) -> String {
        switch value {
        case .scalar(let sample): return "scalar \(FloatFormat.plain(sample.value))"
        case .string(_, let text): return "string \(quoted(text))"
        case .vector, .matrix:
            let all = series(value)
            let shown = all.prefix(8).map { "\($0.labels) \(list(Array($0.points.prefix(8))))" }.joined(separator: "; ")
            return all.isEmpty ? "nothing" : all.count > 8 ? shown + "; …" : shown
        }
    }

    // MARK: The same as a range query

    /// The middle step of a range query around an instant query's time must show the same values.
    private func rangeMismatch(_ result: QueryResult) throws(QueryError) -> String? {
        guard case .instant(let time) = eval.times, case .vector(let samples) = result.value, !eval.expects(.ordered) else { return nil }
        // These tell the query's own bounds, which differ.
        if ["step()", "range()", "start()", "end()"].contains(where: eval.query.lowercased().contains) { return nil }
        let range = try engine.range(eval.query, from: time - 60_000, through: time + 60_000, step: 60_000, over: source)
        guard case .matrix(let series) = range.value else { return nil }
        let middle = series.compactMap { one -> VectorSample? in
            if let at = one.times.firstIndex(of: time) { return VectorSample(labels: one.labels, sample: Sample(time: time, value: one.values[at])) }
            return one.histograms.first { $0.time == time }.map {
                VectorSample(labels: one.labels, sample: Sample(time: time, value: .nan), histogram: $0.histogram)
            }
        }
        let same =
            middle.count == samples.count
            && samples.allSatisfy { sample in
                middle.contains { $0.labels == sample.labels && isSame($0, sample) }
            }
        return same ? nil : "as a range query: \(describe(.vector(middle))) instead of \(describe(result.value))"
    }

    private func isSame(_ a: VectorSample, _ b: VectorSample) -> Bool {
        guard let first = a.histogram, let second = b.histogram else {
            return a.histogram == nil && b.histogram == nil && almostEqual(a.sample.value, b.sample.value)
        }
        return SparseHistogram(first).isAlmost(SparseHistogram(second))
    }
}

extension QueryError {
    /// The message that a script's `msg:` means: without the place that parse errors begin with.
    fileprivate var scriptMessage: String {
        if case .parse(let error) = self { return error.message }
        return description
    }
}

/// Equal up to one part in a million of the sum of the magnitudes, as Prometheus compares.
func almostEqual(_ a: Double, _ b: Double, tolerance: Double = 1e-6) -> Bool {
    if StaleMarker.isStale(a) || StaleMarker.isStale(b) { return StaleMarker.isStale(a) && StaleMarker.isStale(b) }
    if a.isNaN, b.isNaN { return true }
    if a == b { return true }
    let sum = abs(a) + abs(b)
    let difference = abs(a - b)
    if a == 0 || b == 0 || sum < .leastNormalMagnitude { return difference < tolerance * .leastNormalMagnitude }
    return difference / min(sum, .greatestFiniteMagnitude) < tolerance
}
