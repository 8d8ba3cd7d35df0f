import Glibc
import Model

extension PromQLFunction {
    /// Whether the function maps each value of an instant vector by itself.
    var isElementwise: Bool {
        switch self {
        case .abs, .ceil, .floor, .exp, .sqrt, .ln, .log2, .log10, .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .tanh, .asinh, .acosh,
            .atanh, .deg, .rad, .sgn, .round, .clamp, .clampMin, .clampMax, .timestamp, .startTimestamp, .dayOfMonth, .dayOfWeek, .dayOfYear,
            .daysInMonth,
            .hour, .minute, .month, .year, .histogramAvg, .histogramCount, .histogramSum, .histogramStddev, .histogramStdvar:
            true
        default: false
        }
    }
}

extension Evaluator {
    func streamElements(_ node: Call, _ sink: Sink) throws {
        switch node.function {
        case .timestamp, .startTimestamp: try streamTimestamps(node, sink)
        case .round: try streamRounded(node, sink)
        case .clamp, .clampMin, .clampMax: try streamClamped(node, sink)
        case .dayOfMonth, .dayOfWeek, .dayOfYear, .daysInMonth, .hour, .minute, .month, .year: try streamDates(node, sink)
        case .histogramAvg, .histogramCount, .histogramSum, .histogramStddev, .histogramStdvar: try streamHistogramParts(node, sink)
        default: try streamMathematics(node, sink)
        }
    }

    /// Passes on each row of `argument` under its new name after `change` has been at it. Most functions do not see histograms.
    func streamChanged(_ argument: Expr, _ sink: Sink, keepsHistograms: Bool = false, _ change: (Row) throws -> Void) throws {
        var duplicates = DuplicateGuard(isStrict: false)
        try stream(argument) { key, row in
            if !keepsHistograms, !context.shelf.isEmpty { row.removeHistograms() }
            try change(row)
            let named = droppingName(key)
            if !context.delaysNameRemoval { try duplicates.check(named.labels, row) }
            try sink(named, row)
        }
    }

    func streamUnary(_ node: Unary, _ sink: Sink) throws {
        guard node.isNegation else { return try stream(node.operand, sink) }
        try streamChanged(node.operand, sink, keepsHistograms: true) { row in
            if context.shelf.isEmpty { return row.forEach { row.values[$0] = -row.values[$0] } }
            try row.forEachThrowing { step in
                let value = row.values[step]
                row.values[step] = try context.shelf.histogram(value).map { try context.shelf.put($0.scaled(by: -1)) } ?? -value
            }
        }
    }

    private func streamMathematics(_ node: Call, _ sink: Sink) throws {
        let function = node.function.mathematics
        try streamChanged(node.arguments[0], sink) { row in row.forEach { row.values[$0] = function(row.values[$0]) } }
    }

    private func streamRounded(_ node: Call, _ sink: Sink) throws {
        let nearest = node.arguments.count > 1 ? try scalars(node.arguments[1]) : constant(1)
        try streamChanged(node.arguments[0], sink) { row in
            row.forEach { step in
                // Division by the inverse rounds 0.1 and the like better.
                let inverse = 1 / nearest[step]
                row.values[step] = (row.values[step] * inverse + 0.5).rounded(.down) / inverse
            }
        }
    }

    private func streamClamped(_ node: Call, _ sink: Sink) throws {
        let isBoth = node.function == .clamp
        let low = node.function == .clampMax ? constant(-.infinity) : try scalars(node.arguments[1])
        let high = node.function == .clampMin ? constant(.infinity) : try scalars(node.arguments[isBoth ? 2 : 1])
        try streamChanged(node.arguments[0], sink) { row in
            row.forEach { step in
                if isBoth, high[step] < low[step] { return row.remove(step) }
                var value = row.values[step]
                if node.function != .clampMin { value = value.isNaN || high[step].isNaN ? .nan : min(high[step], value) }
                if node.function != .clampMax { value = value.isNaN || low[step].isNaN ? .nan : max(low[step], value) }
                row.values[step] = value
            }
        }
    }

    /// The functions that tell one thing of each histogram see no floats.
    private func streamHistogramParts(_ node: Call, _ sink: Sink) throws {
        try streamChanged(node.arguments[0], sink, keepsHistograms: true) { row in
            row.forEach { step in
                guard let histogram = context.shelf.histogram(row.values[step]) else { return row.remove(step) }
                row.values[step] =
                    switch node.function {
                    case .histogramCount: histogram.count
                    case .histogramSum: histogram.sum
                    case .histogramAvg: histogram.sum / histogram.count
                    case .histogramStdvar: histogram.variance
                    default: histogram.variance.squareRoot()
                    }
            }
        }
    }

    /// A plain selector tells its samples' own times, anything else the evaluation time, and no start times.
    private func streamTimestamps(_ node: Call, _ sink: Sink) throws {
        if case .selector(let selector) = node.arguments[0].unwrapped {
            var duplicates = DuplicateGuard(isStrict: false)
            try streamSelector(selector, aspect: node.function == .timestamp ? .time : .startTime) { key, row in
                let named = droppingName(key)
                if !context.delaysNameRemoval { try duplicates.check(named.labels, row) }
                try sink(named, row)
            }
        } else if node.function == .timestamp {
            try streamChanged(node.arguments[0], sink, keepsHistograms: true) { row in
                row.forEach { row.values[$0] = Double(grid.time($0)) / 1000 }
            }
        }
    }

    private func streamDates(_ node: Call, _ sink: Sink) throws {
        let function = node.function
        if let argument = node.arguments.first {
            return try streamChanged(argument, sink) { row in
                row.forEach { row.values[$0] = CivilTime(seconds: row.values[$0]).field(function) }
            }
        }
        let scratch = ScratchRow(steps: grid.count)
        for step in 0..<grid.count {
            scratch.row.set(step, CivilTime(seconds: (Double(grid.time(step)) / 1000).rounded(.down)).field(function))
        }
        try sink(RowKey(labels: .empty), scratch.row)
    }
}

extension PromQLFunction {
    /// The function of one number.
    fileprivate var mathematics: @Sendable (Double) -> Double {
        switch self {
        case .abs: { Swift.abs($0) }
        case .ceil: { $0.rounded(.up) }
        case .floor: { $0.rounded(.down) }
        case .exp: { Glibc.exp($0) }
        case .sqrt: { $0.squareRoot() }
        case .ln: { Glibc.log($0) }
        case .log2: { Glibc.log2($0) }
        case .log10: { Glibc.log10($0) }
        case .sin: { Glibc.sin($0) }
        case .cos: { Glibc.cos($0) }
        case .tan: { Glibc.tan($0) }
        case .asin: { Glibc.asin($0) }
        case .acos: { Glibc.acos($0) }
        case .atan: { Glibc.atan($0) }
        case .sinh: { Glibc.sinh($0) }
        case .cosh: { Glibc.cosh($0) }
        case .tanh: { Glibc.tanh($0) }
        case .asinh: { Glibc.asinh($0) }
        case .acosh: { Glibc.acosh($0) }
        case .atanh: { Glibc.atanh($0) }
        case .deg: { $0 * 180 / .pi }
        case .rad: { $0 * .pi / 180 }
        case .sgn: { $0 < 0 ? -1 : $0 > 0 ? 1 : $0 }
        default: preconditionFailure("BUG: \(rawValue) is no function of one number")
        }
    }
}
