import Model

/// The straight line with the least square distance from samples; times in seconds from `origin`.
struct LinearRegression {
    let slope: Double
    let intercept: Double

    init(_ window: Window, origin: Timestamp) {
        let first = window.values[window.low]
        var isConstant = true
        var x = CompensatedSum()
        var y = CompensatedSum()
        var xy = CompensatedSum()
        var xx = CompensatedSum()
        for i in window.low..<window.high {
            let value = window.values[i]
            if value != first { isConstant = false }
            let seconds = Double(window.times[i] - origin) / 1000
            x.add(seconds)
            y.add(value)
            xy.add(seconds * value)
            xx.add(seconds * seconds)
        }
        // Rounding would make a flat line slope; infinities have no slope at all.
        if isConstant {
            slope = first.isInfinite ? .nan : 0
            intercept = first.isInfinite ? .nan : first
            return
        }
        let count = Double(window.count)
        let sumX = x.sum + x.compensation
        let sumY = y.sum + y.compensation
        let covariance = (xy.sum + xy.compensation) - sumX * sumY / count
        let variance = (xx.sum + xx.compensation) - sumX * sumX / count
        slope = covariance / variance
        intercept = sumY / count - slope * sumX / count
    }
}

/// `deriv`
struct DerivativeKernel: WindowKernel {
    mutating func value(_ window: Window) -> Double? {
        guard window.count >= 2 else { return nil }
        // Times are counted from the first sample, which keeps the sums small and exact.
        return LinearRegression(window, origin: window.times[window.low]).slope
    }
}

/// `predict_linear`
struct PredictionKernel: WindowKernel {
    /// Seconds ahead, for each step.
    let ahead: [Double]

    mutating func value(_ window: Window) -> Double? {
        guard window.count >= 2 else { return nil }
        let line = LinearRegression(window, origin: window.evaluation)
        return line.slope * ahead[window.step] + line.intercept
    }
}

/// `double_exponential_smoothing`
struct DoubleSmoothingKernel: WindowKernel {
    /// Smoothing and trend factor for each step, between 0 and 1.
    let smoothing: [Double]
    let trend: [Double]

    mutating func value(_ window: Window) -> Double? {
        guard window.count >= 2 else { return nil }
        let sf = smoothing[window.step]
        let tf = trend[window.step]
        var older = 0.0
        var level = window.values[window.low]
        var slope = window.values[window.low + 1] - level
        for i in window.low + 1..<window.high {
            if i > window.low + 1 { slope = tf * (level - older) + (1 - tf) * slope }
            let next = sf * window.values[i] + (1 - sf) * (level + slope)
            older = level
            level = next
        }
        return level
    }
}
