import Model

extension TierFloors {
    /// The floors as what is there shows them, for a folder whose state does not tell: raw samples answer from the first of them on, and so do windows
    /// of five minutes.
    ///
    /// - Parameter rawFrom: from where on there are raw samples; nil: there are none.
    static func seen(rawFrom: Timestamp?, _ fine: [BlockMeta], _ coarse: [BlockMeta]) -> TierFloors {
        guard let end = (fine + coarse).map(\.maxTime).max()?.earlier(by: 1) else { return TierFloors() }
        let raw = min(rawFrom?.seamBefore ?? end, end)
        let start = fine.map { $0.minTime.earlier(by: 1) }.min() ?? end
        return TierFloors(raw: raw, fiveMinutes: start)
    }
}
