/// Which experimental parts of the language are switched on. A query that uses one that is off does not parse, and is told the flag's name.
public struct PromQLOptions: Sendable, Equatable {
    /// Arithmetic in ranges, steps and offsets.
    public var durationExpressions: Bool
    /// The functions marked experimental, and the aggregators `limitk` and `limit_ratio`. Flag `promql-experimental-functions`.
    public var experimentalFunctions: Bool
    /// `fill`, `fill_left`, `fill_right`. Flag `promql-binop-fill-modifiers`.
    public var fillModifiers: Bool
    /// `anchored` and `smoothed`. Flag `promql-extended-range-selectors`.
    public var extendedRangeSelectors: Bool

    public init(
        durationExpressions: Bool = true, experimentalFunctions: Bool = false, fillModifiers: Bool = false, extendedRangeSelectors: Bool = false
    ) {
        self.durationExpressions = durationExpressions
        self.experimentalFunctions = experimentalFunctions
        self.fillModifiers = fillModifiers
        self.extendedRangeSelectors = extendedRangeSelectors
    }

    /// What a server without feature flags understands.
    public static let standard = PromQLOptions()
    public static let everything = PromQLOptions(
        durationExpressions: true, experimentalFunctions: true, fillModifiers: true, extendedRangeSelectors: true)
}
