import Model

/// Watches streamed rows whose names were just dropped: no two may be the same series at the same step.
struct DuplicateGuard {
    /// Whether a series may not come twice even at different steps.
    let isStrict: Bool
    private var seen: [Labels: [UInt64]] = [:]

    init(isStrict: Bool) { self.isStrict = isStrict }

    mutating func check(_ labels: Labels, _ row: Row) throws(QueryError) {
        if row.isEmpty { return }
        let bits = Array(UnsafeBufferPointer(start: row.presence, count: row.words))
        guard let earlier = seen.updateValue(bits, forKey: labels) else { return }
        if isStrict { throw .sameLabelset }
        for word in bits.indices where bits[word] & earlier[word] != 0 { throw .sameLabelset }
        seen[labels] = zip(bits, earlier).map { $0 | $1 }
    }
}
