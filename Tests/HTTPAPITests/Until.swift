struct GaveUp: Error {}

/// Asks again until the condition holds; half a minute is far more than any of it takes.
func until(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<3000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw GaveUp()
}
