public import Runtime
import Synchronization

/// Which optional parts of the language and of its semantics are switched on.
public struct PromQLFeatures: Sendable, Equatable {
    /// What the parser accepts.
    public var syntax: PromQLOptions
    /// Metric names that a function drops stay usable for grouping and label functions until the query's end.
    /// Flag `promql-delayed-name-removal`.
    public var delayedNameRemoval: Bool

    public init(syntax: PromQLOptions = .standard, delayedNameRemoval: Bool = false) {
        self.syntax = syntax
        self.delayedNameRemoval = delayedNameRemoval
    }

    /// Switches on what a feature flag of the server's names; false if it is none of the language's.
    public mutating func enable(_ flag: String) -> Bool {
        switch flag {
        case "promql-experimental-functions": syntax.experimentalFunctions = true
        case "promql-binop-fill-modifiers": syntax.fillModifiers = true
        case "promql-extended-range-selectors": syntax.extendedRangeSelectors = true
        case "promql-delayed-name-removal": delayedNameRemoval = true
        default: return false
        }
        return true
    }

    /// What a server without feature flags does.
    public static let standard = PromQLFeatures()
    public static let everything = PromQLFeatures(syntax: .everything, delayedNameRemoval: true)
}

/// Settings that hold for all queries of an engine. Times are milliseconds.
public struct EngineOptions: Sendable {
    /// How old a sample may be for an instant selector to still see it.
    public var lookback: Int64 = 300_000
    /// How many samples a query may hold in memory at once.
    public var maxSamples = 50_000_000
    /// How many bytes a query may hold in memory at once.
    public var maxBytes = Int.max
    /// The step of a subquery that names none.
    public var defaultSubqueryStep: Int64 = 60_000
    public var features: PromQLFeatures = .standard
    /// Threads that may take over a part of a query's work; its own thread always does some. Nil: it does all.
    public var helpers: WorkerPool?

    public init() {}
}

/// Settings of one query.
public struct QueryOptions: Sendable {
    /// Milliseconds; nil means the engine's.
    public var lookback: Int64?
    /// Ends the query from outside.
    public var stop: StopSignal?
    /// Told how much memory the query holds.
    public var meter: QueryMeter?
    public var resolution: SourceResolution

    public init(
        lookback: Int64? = nil, stop: StopSignal? = nil, meter: QueryMeter? = nil, resolution: SourceResolution = .finest
    ) {
        self.lookback = lookback
        self.stop = stop
        self.meter = meter
        self.resolution = resolution
    }
}

/// Ends a running query from another thread. The query looks at it once per series.
public final class StopSignal: Sendable {
    private let state = Atomic<UInt8>(0)
    private let whole: StopSignal?
    private let isToStop: (@Sendable () -> Bool)?

    /// - Parameters:
    ///   - whole: ends this query too, as one of many.
    ///   - isToStop: asked at every look at the signal; true is the same as `cancel`.
    public init(partOf whole: StopSignal? = nil, when isToStop: (@Sendable () -> Bool)? = nil) {
        self.whole = whole
        self.isToStop = isToStop
    }

    /// The caller is no longer interested.
    public func cancel() { _ = state.compareExchange(expected: 0, desired: 1, ordering: .relaxed) }

    /// The query has taken too long.
    public func expire() { _ = state.compareExchange(expected: 0, desired: 2, ordering: .relaxed) }

    /// Once true it stays so.
    var isSetOff: Bool {
        do throws(QueryError) {
            try check()
            return false
        } catch {
            return true
        }
    }

    func check() throws(QueryError) {
        if let isToStop, isToStop() { cancel() }
        switch state.load(ordering: .relaxed) {
        case 0: try whole?.check()
        case 1: throw .canceled("query was canceled in query execution")
        default: throw .timeout("query timed out in query execution")
        }
    }
}
