/// All that a page depends on.
struct Scene: Sendable {
    let seed: UInt64
    /// Unix seconds.
    let now: Double
    var playbook = Playbook.quiet
}
