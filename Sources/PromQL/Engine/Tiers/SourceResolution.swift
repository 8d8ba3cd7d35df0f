/// How coarse the tiers may be that answer although finer data is there. What only a coarser tier has is answered by that in any case.
public enum SourceResolution: Sendable, Hashable {
    /// Windows of at most so many milliseconds; 0: the finest data there is.
    case upTo(Int64)
    /// Windows of at most a fifth of the step between evaluations: a subquery's own within it, and none where there is but one.
    case auto

    public static let finest = SourceResolution.upTo(0)

    /// How many windows a step has at least when the resolution is chosen by it.
    private static let windowsPerStep: Int64 = 5

    /// Milliseconds, for `Selection.coarsest`.
    func coarsest(_ grid: StepGrid) -> Int64 {
        switch self {
        case .upTo(let resolution): resolution
        case .auto: grid.step / Self.windowsPerStep
        }
    }
}
