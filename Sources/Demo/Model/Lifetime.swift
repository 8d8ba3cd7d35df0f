import Glibc

/// When a process last started. Counters begin at nought there; between two starts they never fall.
enum Lifetime {
    /// The latest start at or before `seconds`: one start in every `cycle` seconds, at a moment chosen by chance within its first half,
    /// so a process lives for half a cycle at least and one and a half at most.
    static func start(before seconds: Double, cycle: Double, noise: Noise, stream: UInt64) -> Double {
        func start(_ index: Int) -> Double { floor((Double(index) + 0.5 * noise.unit(stream, index)) * cycle) }
        let index = Int(floor(seconds / cycle))
        return start(index) <= seconds ? start(index) : start(index - 1)
    }
}
