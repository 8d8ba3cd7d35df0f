/// What a function takes and gives.
public struct FunctionSignature: Sendable, Equatable {
    public enum Variadic: Sendable, Equatable {
        /// Exactly the listed arguments.
        case none
        /// The last listed argument may be missing, or be repeated so that up to this many stand in its place.
        case upTo(Int)
        /// The last listed argument may be missing or be repeated without limit.
        case unlimited
    }

    /// The types of the arguments; the last also holds for what a variadic function takes beyond.
    public let arguments: [ValueType]
    public let variadic: Variadic
    public let returns: ValueType
    public let isExperimental: Bool

    /// The fewest arguments a call may have.
    public var minimumCount: Int { variadic == .none ? arguments.count : arguments.count - 1 }

    /// The most arguments a call may have, nil without limit.
    public var maximumCount: Int? {
        switch variadic {
        case .none: arguments.count
        case .upTo(let extra): arguments.count - 1 + extra
        case .unlimited: nil
        }
    }
}

extension PromQLFunction {
    /// Argument and result types as of Prometheus 3.14.
    public var signature: FunctionSignature {
        let (arguments, variadic) = parameters
        return FunctionSignature(arguments: arguments, variadic: variadic, returns: returns, isExperimental: isExperimental)
    }

    /// Whether the function needs the flag `promql-experimental-functions`.
    public var isExperimental: Bool {
        switch self {
        case .doubleExponentialSmoothing, .end, .histogramQuantiles, .info, .madOverTime, .maxOf, .minOf, .range, .sortByLabel,
            .sortByLabelDesc, .start, .startTimestamp, .step, .tsOfFirstOverTime, .tsOfLastOverTime, .tsOfMaxOverTime, .tsOfMinOverTime:
            true
        default: false
        }
    }

    private var returns: ValueType {
        switch self {
        case .end, .maxOf, .minOf, .pi, .range, .scalar, .start, .step, .time:
            .scalar
        default: .vector
        }
    }

    private var parameters: ([ValueType], FunctionSignature.Variadic) {
        switch self {
        case .abs, .absent, .acos, .acosh, .asin, .asinh, .atan, .atanh, .ceil, .cos, .cosh, .deg, .exp, .floor, .histogramAvg,
            .histogramCount, .histogramStddev, .histogramStdvar, .histogramSum, .ln, .log10, .log2, .rad, .sgn, .sin, .sinh, .sort,
            .sortDesc, .sqrt, .startTimestamp, .tan, .tanh, .timestamp:
            ([.vector], .none)
        case .absentOverTime, .avgOverTime, .changes, .countOverTime, .delta, .deriv, .firstOverTime, .idelta, .increase, .irate,
            .lastOverTime, .madOverTime, .maxOverTime, .minOverTime, .presentOverTime, .rate, .resets, .stddevOverTime, .stdvarOverTime,
            .sumOverTime, .tsOfFirstOverTime, .tsOfLastOverTime, .tsOfMaxOverTime, .tsOfMinOverTime:
            ([.matrix], .none)
        case .dayOfMonth, .dayOfWeek, .dayOfYear, .daysInMonth, .hour, .minute, .month, .year:
            ([.vector], .upTo(1))
        case .end, .pi, .range, .start, .step, .time:
            ([], .none)
        case .clamp: ([.vector, .scalar, .scalar], .none)
        case .clampMax, .clampMin: ([.vector, .scalar], .none)
        case .doubleExponentialSmoothing: ([.matrix, .scalar, .scalar], .none)
        case .histogramFraction: ([.scalar, .scalar, .vector], .none)
        case .histogramQuantile: ([.scalar, .vector], .none)
        case .histogramQuantiles: ([.vector, .string, .scalar, .scalar], .upTo(9))
        case .info: ([.vector, .vector], .upTo(1))
        case .labelJoin: ([.vector, .string, .string, .string], .unlimited)
        case .labelReplace: ([.vector, .string, .string, .string, .string], .none)
        case .maxOf, .minOf: ([.scalar, .scalar], .none)
        case .predictLinear: ([.matrix, .scalar], .none)
        case .quantileOverTime: ([.scalar, .matrix], .none)
        case .round: ([.vector, .scalar], .upTo(1))
        case .scalar: ([.vector], .none)
        case .sortByLabel, .sortByLabelDesc: ([.vector, .string], .unlimited)
        case .vector: ([.scalar], .none)
        }
    }
}
