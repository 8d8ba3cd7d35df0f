import Glibc
import Model

extension BinaryOperator {
    /// The result of an arithmetic operator.
    @inline(__always)
    func arithmetic(_ a: Double, _ b: Double) -> Double {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .modulo: fmod(a, b)
        case .power: Glibc.pow(a, b)
        case .atan2: Glibc.atan2(a, b)
        default: .nan
        }
    }

    /// Whether a comparison holds.
    @inline(__always)
    func holds(_ a: Double, _ b: Double) -> Bool {
        switch self {
        case .equal: a == b
        case .notEqual: a != b
        case .greater: a > b
        case .less: a < b
        case .greaterOrEqual: a >= b
        case .lessOrEqual: a <= b
        default: false
        }
    }

    /// Between scalars a comparison always gives 0 or 1.
    func scalarResult(_ a: Double, _ b: Double) -> Double {
        isComparison ? (holds(a, b) ? 1 : 0) : arithmetic(a, b)
    }

    /// Whether the results are no longer samples of the metric.
    func dropsName(returnsBool: Bool) -> Bool { !isComparison || returnsBool }
}

extension Evaluator {
    /// Streams an operation between a vector and a scalar.
    func streamWithScalar(_ node: Binary, _ sink: Sink) throws {
        let scalarIsLeft = node.left.type == .scalar
        let scalars = try scalars(scalarIsLeft ? node.left : node.right)
        let vector = scalarIsLeft ? node.right : node.left
        let op = node.op
        let operators = HistogramOperators(context, node)
        if op == .trimLower || op == .trimUpper || !op.dropsName(returnsBool: node.returnsBool) {
            return try stream(vector) { key, row in
                if !op.isComparison || !context.shelf.isEmpty { try operators.apply(scalars, scalarIsLeft, to: row) }
                if !op.isComparison { return try sink(key, row) }
                row.forEach { step in
                    let value = row.values[step]
                    let holds = scalarIsLeft ? op.holds(scalars[step], value) : op.holds(value, scalars[step])
                    if !holds { row.remove(step) }
                }
                try sink(key, row)
            }
        }
        try streamChanged(vector, sink, keepsHistograms: true) { row in
            if !context.shelf.isEmpty, row.hasHistograms() { return try operators.apply(scalars, scalarIsLeft, to: row) }
            row.forEach { step in
                let value = row.values[step]
                row.values[step] = scalarIsLeft ? op.scalarResult(scalars[step], value) : op.scalarResult(value, scalars[step])
            }
        }
    }
}
