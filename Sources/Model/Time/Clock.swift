/// Where the time comes from. Nothing below the server asks the operating system itself, so that simulations can hand in another.
public protocol Clock: Sendable {
    /// The wall clock, milliseconds since 1970.
    func now() -> Timestamp
    /// Nanoseconds that never go back, from an arbitrary start.
    func monotonic() -> Int64
}
