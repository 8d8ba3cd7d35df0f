extension Fingerprint {
    /// What follows from fingerprints in their order: begin with how many there are, and join one after the other.
    @inlinable
    public func joined(_ state: UInt64, _ next: UInt64) -> UInt64 { Self.fold(state ^ first, next ^ last) }
}
