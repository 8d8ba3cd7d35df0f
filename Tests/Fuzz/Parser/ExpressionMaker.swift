import Model
public import PromQL
public import TestKit

/// Makes random well-formed expressions of every kind, in the form that the parser gives them: brackets stand as nodes where precedence
/// needs them, signs belong to the numbers they precede, and only instant vectors are matched.
public struct ExpressionMaker {
    public var random: SeededRandom

    public init(_ random: SeededRandom) { self.random = random }

    /// An expression of any type; `depth` bounds its height.
    public mutating func expression(depth: Int) -> Expr {
        switch random.below(10) {
        case 0: .string(string())
        case 1, 2: scalar(depth)
        case 3, 4: matrix(depth)
        default: vector(depth)
        }
    }

    mutating func one<T>(of choices: [T]) -> T { choices[random.below(choices.count)] }

    mutating func chance(_ one: Int, in all: Int) -> Bool { random.below(all) < one }

    // MARK: Types

    mutating func scalar(_ depth: Int) -> Expr {
        guard depth > 0 else { return .number(number()) }
        switch random.below(8) {
        case 0, 1: return .number(number())
        case 2: return .paren(Paren(scalar(depth - 1)))
        case 3: return negated(scalar(depth - 1))
        case 4, 5: return call(returning: .scalar, depth)
        default: return scalarOperation(depth)
        }
    }

    mutating func vector(_ depth: Int) -> Expr {
        guard depth > 0 else { return .selector(placedSelector()) }
        switch random.below(12) {
        case 0: return .selector(placedSelector())
        case 1: return .paren(Paren(vector(depth - 1)))
        case 2: return negated(vector(depth - 1))
        case 3, 4, 5: return call(returning: .vector, depth)
        case 6, 7: return aggregation(depth)
        default: return vectorOperation(depth)
        }
    }

    mutating func matrix(_ depth: Int) -> Expr {
        guard depth > 0, chance(1, in: 2) else {
            return .matrix(MatrixSelector(selector: placedSelector(), window: window()))
        }
        var subquery = Subquery(inner: unmodified(vector(depth - 1)), window: window(), step: chance(1, in: 2) ? window() : nil)
        subquery.offset = offset()
        subquery.at = at()
        return .subquery(subquery)
    }

    private mutating func argument(_ type: ValueType, _ depth: Int) -> Expr {
        switch type {
        case .scalar: scalar(depth)
        case .vector: vector(depth)
        case .matrix: matrix(depth)
        case .string: .string(string())
        }
    }

    // MARK: Calls

    private mutating func call(returning type: ValueType, _ depth: Int) -> Expr {
        let function = one(of: PromQLFunction.allCases.filter { $0.signature.returns == type })
        let signature = function.signature
        let most = min(signature.maximumCount ?? .max, signature.arguments.count + 3)
        let count = signature.minimumCount + random.below(most - signature.minimumCount + 1)
        let arguments = (0..<count).map { index in
            if function == .info, index == 1 { return Expr.selector(VectorSelector(name: nil, matchers: matchers())) }
            return argument(signature.arguments[min(index, signature.arguments.count - 1)], depth - 1)
        }
        return .call(Call(function, arguments))
    }

    private mutating func aggregation(_ depth: Int) -> Expr {
        let op = one(of: AggregationOperator.allCases)
        let parameter = op.parameter.map { argument($0, depth - 1) }
        return .aggregation(Aggregation(op, parameter: parameter, vector(depth - 1), grouping: labels(), isWithout: chance(1, in: 2)))
    }

    // MARK: Operators

    /// A signed number is a number; anything else, unless its operators bind less tightly than the sign, stands behind it as it is.
    private mutating func negated(_ operand: Expr) -> Expr {
        if case .number(let literal) = operand { return .number(NumberLiteral(-literal.value, isDuration: literal.isDuration)) }
        return .unary(Unary(isNegation: chance(2, in: 3), operand: bound(operand, atLeast: Precedence.power)))
    }

    private mutating func scalarOperation(_ depth: Int) -> Expr {
        let op = one(of: BinaryOperator.allCases.filter { !$0.isSet })
        return .binary(
            Binary(op, left(scalar(depth - 1), of: op), right(scalar(depth - 1), of: op), returnsBool: op.isComparison))
    }

    private mutating func vectorOperation(_ depth: Int) -> Expr {
        let op = one(of: BinaryOperator.allCases)
        let returnsBool = op.isComparison && chance(1, in: 2)
        if !op.isSet, chance(1, in: 3) {
            let (scalar, vector) = (scalar(depth - 1), vector(depth - 1))
            return chance(1, in: 2)
                ? .binary(Binary(op, left(scalar, of: op), right(vector, of: op), returnsBool: returnsBool))
                : .binary(Binary(op, left(vector, of: op), right(scalar, of: op), returnsBool: returnsBool))
        }
        return .binary(
            Binary(
                op, left(vector(depth - 1), of: op), right(vector(depth - 1), of: op), returnsBool: returnsBool, matching: matching(isSet: op.isSet)))
    }

    private mutating func matching(isSet: Bool) -> VectorMatching {
        var matching = VectorMatching(isSet ? .manyToMany : .oneToOne)
        if chance(1, in: 2) {
            matching.isOn = chance(1, in: 2)
            matching.labels = labels()
            if !isSet, chance(1, in: 2) {
                matching.cardinality = chance(1, in: 2) ? .manyToOne : .oneToMany
                matching.include = labels().filter { !matching.labels.contains($0) }
            }
        }
        if !isSet, chance(1, in: 4) { matching.fillLeft = float() }
        if !isSet, chance(1, in: 4) { matching.fillRight = float() }
        if chance(1, in: 2), matching.fillLeft != nil { matching.fillRight = matching.fillLeft }
        return matching
    }

    // MARK: Precedence

    private func left(_ operand: Expr, of op: BinaryOperator) -> Expr {
        let precedence = Precedence.of(op)
        if endsInDuration(operand) { return .paren(Paren(operand)) }
        if precedence == Precedence.power, isSigned(operand) { return .paren(Paren(operand)) }
        return bound(operand, atLeast: precedence == Precedence.power ? precedence + 1 : precedence)
    }

    private func right(_ operand: Expr, of op: BinaryOperator) -> Expr {
        let precedence = Precedence.of(op)
        return bound(operand, atLeast: precedence == Precedence.power ? precedence : precedence + 1)
    }

    private func bound(_ operand: Expr, atLeast minimum: Int) -> Expr {
        guard case .binary(let node) = operand, Precedence.of(node.op) < minimum else { return operand }
        return .paren(Paren(operand))
    }

    /// Whether the printed form ends in an offset that would swallow the arithmetic behind it.
    private func endsInDuration(_ expr: Expr) -> Bool {
        switch expr {
        case .selector(let node):
            if case .expression(.paren) = node.offset { true } else { false }
        case .unary(let node): endsInDuration(node.operand)
        case .binary(let node): endsInDuration(node.right)
        default: false
        }
    }

    /// Whether the printed form begins with a sign.
    private func isSigned(_ expr: Expr) -> Bool {
        switch expr {
        case .unary: true
        case .number(let literal): literal.value.sign == .minus && !literal.value.isNaN
        default: false
        }
    }

    /// The expression in brackets if `[…]` behind it would bind to a part of it.
    private func unmodified(_ expr: Expr) -> Expr {
        switch expr {
        case .binary, .unary: .paren(Paren(expr))
        default: expr
        }
    }
}

/// How tightly operators bind, as the documentation of PromQL lists them.
enum Precedence {
    static let power = 6

    static func of(_ op: BinaryOperator) -> Int {
        switch op {
        case .or: 1
        case .and, .unless: 2
        case .equal, .notEqual, .greater, .less, .greaterOrEqual, .lessOrEqual, .trimUpper, .trimLower: 3
        case .add, .subtract: 4
        case .multiply, .divide, .modulo, .atan2: 5
        case .power: power
        }
    }
}
