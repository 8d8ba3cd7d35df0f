import Model
import TSDB
import TestKit
import Testing

@testable import StorageTools

/// What series will take, and when a disk is full.
struct PlanTests {
    private static let day: Int64 = 86_400_000
    private let files = MemoryFileSystem()
    /// Round figures.
    private static let costs = StorageCosts(
        raw: .init(bytesPerSample: 2, bytesPerSeries: 100),
        tiers: [.fiveMinutes: .init(bytesPerSample: 20, bytesPerSeries: 100), .hour: .init(bytesPerSample: 16, bytesPerSeries: 100)],
        logBytesPerSample: 12, memoryBytes: 40e6, memoryBytesPerSeries: 1000)

    @Test func aTableOfTiers() {
        let load = StorageLoad(series: 1000, interval: 15_000, retention: Retention(time: 7 * Self.day))
        #expect(
            PlanTable.lines(load, Self.costs, disk: Double(40 << 30)) == [
                "        KEPT     A DAY       FULL", "raw       1w    11 MiB   76.9 MiB", "5m       30d   5.5 MiB    165 MiB",
                "1h        1y   375 KiB    134 MiB", "index          175 KiB      3 MiB", "log       3h              8.2 MiB",
                "all             17 MiB    387 MiB", "memory: 39.1 MiB, queries come on top",
                "disk: grows by 17 MiB a day at first, to 387 MiB when all is full", "40 GiB: never full",
            ])
    }

    @Test func whatIsKeptForGoodFillsEveryDisk() {
        var load = StorageLoad(series: 1000, interval: 15_000, retention: .everything)
        load.tiers.hour = nil
        let lines = PlanTable.lines(load, Self.costs, disk: 1e9)
        #expect(lines[1].contains("for good") && lines[1].hasSuffix("no end"))
        #expect(lines.suffix(2).first?.hasSuffix("a day at first, without end") == true)
        #expect(lines.last?.hasPrefix("954 MiB: full in ") == true, "\(lines.last ?? "")")
    }

    /// Two parts: one is full after ten days, the other never.
    @Test(arguments: [
        (0.0, 0.0 as Double?), (1000, 0), (2000, 2.5), (5000, 10), (6000, 20), (5500, 15), (1e12, nil),
    ])
    func timeUntilFull(limit: Double, days: Double?) throws {
        let plan = StoragePlan([.init(nil, bytesPerDay: 300, keeps: 10 * Self.day), .init(.hour, bytesPerDay: 100, keeps: nil)], fixedBytes: 1000)
        guard let days else {
            #expect(plan.time(until: limit) == nil)
            return
        }
        let time = try #require(plan.time(until: limit))
        #expect(abs(Double(time) - days * Double(Self.day)) <= 60_000)
        #expect(plan.bytes(after: time) >= limit || limit == 0)
    }

    @Test func whatIsThereGoesOn() {
        var status = DatabaseStatus()
        status.sizes.wal = 500
        status.tiers[0].bytes = 4000
        (status.tiers[0].oldest, status.tiers[0].newest) = (0, 4 * Self.day)
        status.tiers[0].retention = 7 * Self.day
        status.tiers[1].bytes = 100
        (status.tiers[1].oldest, status.tiers[1].newest) = (0, 60_000)
        let plan = StoragePlan(status)
        #expect(plan.bytes(after: 0) == 4500)
        #expect(plan.bytes(after: Self.day) == 5500)
        #expect(plan.bytes(after: 30 * Self.day) == 7500)
        #expect(plan.growth == 1000)
        func outlook(_ room: Int64?) -> StorageForecast.Outlook { StorageForecast(plan: plan, room: room).outlook }
        #expect(outlook(nil) == .unknown && outlook(4000) == .never && outlook(0) == .full(in: 0))
        guard case .full(let time) = outlook(1500) else { return #expect(Bool(false)) }
        #expect(StorageForecast.days(time) == "1.5 days" && StorageForecast.days(12 * Self.day) == "12 days")
    }

    @Test func whatPurgingWouldRemove() throws {
        let builder = try builder()
        for hour in 0..<10 { try builder.add(Labels([(name: "__name__", value: "a")]), 1_700_000_000_000 + Int64(hour) * 3_600_000, 1) }
        let count = try builder.finish().count
        func preview(_ time: Int64?, hours: Int64) throws -> RetentionPreview {
            try RetentionPreview.of("data", Retention(time: time), files, clock: ManualClock(1_700_000_000_000 + hours * 3_600_000))
        }
        #expect(try preview(nil, hours: 1000).text == nil)
        #expect(try preview(0, hours: 1000).text == nil)
        #expect(try preview(3_600_000, hours: 1).blocks == 0)
        let some = try preview(4 * 3_600_000, hours: 9)
        #expect((1..<count).contains(some.blocks))
        let told = some.text ?? ""
        #expect(told.hasPrefix("\(some.blocks) blocks of samples (") && told.contains(", from 2023-11-14T22:13:20Z to 2023-11-1"), "\(told)")
    }

    private func builder() throws -> BlockBuilder {
        var number: UInt64 = 0
        return try BlockBuilder(folder: "data", files: files) {
            number += 1
            return ULID(time: 1_700_000_000_000, random: (number, 0))
        }
    }

    @Test func aFolderIsMeasured() throws {
        let builder = try builder()
        for series in 0..<20 {
            for sample in 0..<240 {
                try builder.add(
                    Labels([(name: "__name__", value: "a"), (name: "i", value: "\(series)")]), 1_700_000_000_000 + Int64(sample) * 15_000, 1)
            }
        }
        try builder.finish()
        let costs = try MeasuredCosts.of("data", files)
        #expect((0.1...1).contains(costs.raw.bytesPerSample), "\(costs.raw)")
        #expect((10...200).contains(costs.raw.bytesPerSeries), "\(costs.raw)")
        #expect(costs.tiers == StorageCosts.usual.tiers)
    }
}
