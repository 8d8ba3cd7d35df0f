import Glibc
import Model

/// A duration in a query: fixed, or an expression over the query's step and range.
public enum DurationValue: Sendable, Equatable {
    /// Milliseconds.
    case fixed(Int64)
    case expression(DurationExpr)

    public static let zero = DurationValue.fixed(0)

    /// The duration in milliseconds for a query with this step and this distance from start to end (milliseconds; both 0 for instant queries).
    /// A range or a subquery step must be positive, an offset need not.
    public func milliseconds(step: Int64, range: Int64, mustBePositive: Bool) throws(ParseError) -> Int64 {
        switch self {
        case .fixed(let milliseconds): milliseconds
        case .expression(let expression): try expression.milliseconds(step: step, range: range, mustBePositive: mustBePositive)
        }
    }
}

/// Arithmetic on durations: `[2 * step()]`, `offset (1h / 2)`. Values are seconds.
public indirect enum DurationExpr: Sendable, Equatable {
    case number(NumberLiteral)
    /// The query's step.
    case step(SourceRange)
    /// The distance from the query's start to its end.
    case range(SourceRange)
    case unary(isNegation: Bool, DurationExpr, SourceRange)
    /// One of + - * / % ^.
    case binary(BinaryOperator, DurationExpr, DurationExpr)
    case minOf(DurationExpr, DurationExpr, SourceRange)
    case maxOf(DurationExpr, DurationExpr, SourceRange)
    case paren(DurationExpr, SourceRange)

    public var sourceRange: SourceRange {
        switch self {
        case .number(let literal): literal.range
        case .step(let range), .range(let range), .unary(_, _, let range), .minOf(_, _, let range), .maxOf(_, _, let range),
            .paren(_, let range):
            range
        case .binary(_, let left, let right): SourceRange(left.sourceRange.start, right.sourceRange.end)
        }
    }

    func milliseconds(step: Int64, range: Int64, mustBePositive: Bool) throws(ParseError) -> Int64 {
        let seconds = try seconds(step: Double(step) / 1000, range: Double(range) / 1000)
        if seconds <= 0, mustBePositive { throw ParseError(sourceRange, "duration must be greater than 0") }
        guard PromQLDuration.fits(seconds) else { throw ParseError(sourceRange, "duration out of range") }
        return PromQLDuration.milliseconds(seconds)
    }

    /// The value in seconds, given step and range in seconds.
    func seconds(step: Double, range: Double) throws(ParseError) -> Double {
        switch self {
        case .number(let literal): return literal.value
        case .step: return step
        case .range: return range
        case .unary(let isNegation, let inner, _):
            let value = try inner.seconds(step: step, range: range)
            return isNegation ? -value : value
        case .binary(let op, let left, let right):
            let x = try left.seconds(step: step, range: range)
            let y = try right.seconds(step: step, range: range)
            return try combine(op, x, y, right.sourceRange)
        case .minOf(let left, let right, _):
            return min(try left.seconds(step: step, range: range), try right.seconds(step: step, range: range))
        case .maxOf(let left, let right, _):
            return max(try left.seconds(step: step, range: range), try right.seconds(step: step, range: range))
        case .paren(let inner, _): return try inner.seconds(step: step, range: range)
        }
    }
}

enum PromQLDuration {
    /// Durations are nanoseconds in 64 bits, as Prometheus keeps them.
    static func fits(_ seconds: Double) -> Bool { abs(seconds * 1e9) < 0x1p63 }

    /// What is left of a whole number of nanoseconds in milliseconds, rounded towards zero. Seconds that stand for a whole number of
    /// milliseconds give that, even where doubles are too far apart for nanoseconds.
    static func milliseconds(_ seconds: Double) -> Int64 {
        let nearest = (seconds * 1000).rounded()
        if nearest / 1000 == seconds { return Int64(nearest) }
        return Int64((seconds * 1e9).rounded(.toNearestOrAwayFromZero)) / 1_000_000
    }
}

private func combine(_ op: BinaryOperator, _ x: Double, _ y: Double, _ place: SourceRange) throws(ParseError) -> Double {
    switch op {
    case .add: return x + y
    case .subtract: return x - y
    case .multiply: return x * y
    case .divide:
        if y == 0 { throw ParseError(place, "division by zero") }
        return x / y
    case .modulo:
        if y == 0 { throw ParseError(place, "modulo by zero") }
        return fmod(x, y)
    case .power: return pow(x, y)
    default: preconditionFailure("BUG: operator \(op.rawValue) in a duration")
    }
}
