/// What is told of a target's last page.
public struct PageStatus: Sendable {
    /// Bytes of the unpacked page; 0 if it did not come, −1 if it was beyond the limit.
    public var size = 0
    /// Bytes as they came; those of the page itself where it was not packed.
    public var packedSize = 0
    /// What was on it.
    public var tally = PageTally()
    /// Series of the target for which the head has no room.
    public var overrun = TargetIngester.Overrun()

    init() {}

    init(_ report: TargetIngester.Report, packedSize: Int?) {
        size = report.bodySize
        self.packedSize = packedSize ?? max(0, report.bodySize)
        tally = report.tally
        overrun = report.overrun
    }
}
