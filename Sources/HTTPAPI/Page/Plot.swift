import Model
import PromQL

/// A line plot of a range query's answer as SVG, without scripts.
struct Plot {
    let series: [MatrixSeries]
    let from: Timestamp
    let through: Timestamp
    let step: Int64

    /// More lines than this are no longer told apart.
    static let seriesLimit = 30
    private static let width = 960.0
    private static let height = 340.0
    private static let left = 64.0
    private static let bottom = 28.0
    private static let top = 10.0

    static func color(_ index: Int) -> String { "hsl(\((index * 137 + 210) % 360) 62% 50%)" }

    func svg() -> String {
        let scale = scale()
        var out = "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=img aria-label=\"Plot of the answer\">"
        for value in scale.ticks {
            let y = Self.text(y(value, scale))
            out += "<line class=grid x1=\(Int(Self.left)) x2=\(Int(Self.width)) y1=\(y) y2=\(y) />"
            out += "<text x=\(Int(Self.left) - 8) y=\(y) text-anchor=end dominant-baseline=middle>\(Self.short(value))</text>"
        }
        for part in 0...4 {
            let time = from + (through - from) / 4 * Int64(part)
            let anchor = part == 0 ? "start" : part == 4 ? "end" : "middle"
            out += "<text x=\(Self.text(x(time))) y=\(Int(Self.height) - 8) text-anchor=\(anchor)>\(label(time))</text>"
        }
        for (index, one) in series.prefix(Self.seriesLimit).enumerated() {
            out += "<path d=\"\(path(one, scale))\" fill=none stroke=\"\(Self.color(index))\" stroke-width=1.6 stroke-linecap=round />"
        }
        return out + "</svg>"
    }

    private struct Scale {
        var low: Double
        var high: Double
        var ticks: [Double]
    }

    /// Round numbers around all values.
    private func scale() -> Scale {
        let values = series.prefix(Self.seriesLimit).flatMap(\.values).filter { $0.isFinite && abs($0) < 1e300 }
        var low = values.min() ?? 0
        var high = values.max() ?? 1
        if low == high {
            let room = low == 0 ? 1 : abs(low) / 10
            low -= room
            high += room
        }
        let rough = (high - low) / 5
        let magnitude = power(of: rough)
        let unit = [1.0, 2, 5, 10].first { $0 * magnitude >= rough } ?? 10
        let distance = unit * magnitude
        guard distance > 0, distance.isFinite else { return Scale(low: low, high: high, ticks: []) }
        let first = (low / distance).rounded(.down)
        let count = min(12, Int(min(12, (high / distance).rounded(.up) - first)))
        let ticks = (0...max(1, count)).map { (first + Double($0)) * distance }
        return Scale(low: first * distance, high: ticks.last ?? high, ticks: ticks)
    }

    /// The power of ten at or below a number.
    private func power(of value: Double) -> Double {
        var power = 1.0
        while power > value, power > 1e-300 { power /= 10 }
        while power * 10 <= value { power *= 10 }
        return power
    }

    /// Points further apart than a step and a half are not joined; a point on its own becomes a dot.
    private func path(_ one: MatrixSeries, _ scale: Scale) -> String {
        var out = ""
        var last: Timestamp?
        for (time, value) in zip(one.times, one.values) {
            guard value.isFinite else {
                last = nil
                continue
            }
            let joins = last.map { time - $0 <= step + step / 2 } ?? false
            let point = "\(Self.text(x(time))) \(Self.text(y(value, scale)))"
            out += joins ? "L\(point)" : "M\(point)h.01"
            last = time
        }
        return out
    }

    private func x(_ time: Timestamp) -> Double {
        Self.left + (Self.width - Self.left - 4) * Double(time - from) / Double(max(1, through - from))
    }

    private func y(_ value: Double, _ scale: Scale) -> Double {
        let room = Self.height - Self.bottom - Self.top
        return Self.top + room * (1 - (value - scale.low) / (scale.high - scale.low))
    }

    /// The time of day; for more than a day also the date.
    private func label(_ time: Timestamp) -> String {
        let text = RFC3339.format(time)
        let clock = text.dropFirst(11).prefix(through - from < 600_000 ? 8 : 5)
        return through - from > 86_400_000 ? "\(text.dropFirst(5).prefix(5)) \(clock)" : String(clock)
    }

    private static func text(_ coordinate: Double) -> String { FloatFormat.plain((coordinate * 10).rounded() / 10) }

    /// `1.5M`: few enough digits for an axis.
    static func short(_ value: Double) -> String {
        let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
        for (size, name) in units where abs(value) >= size { return FloatFormat.plain((value / size * 1000).rounded() / 1000) + name }
        let rounded = (value * 1e6).rounded() / 1e6
        return rounded == 0 && value != 0 ? FloatFormat.api(value) : FloatFormat.plain(rounded)
    }
}
