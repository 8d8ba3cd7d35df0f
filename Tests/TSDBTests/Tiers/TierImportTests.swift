import Model
import TestKit
import Testing

@testable import TSDB

/// What becomes of blocks that an import has written, in a folder that samples come to besides or do not.
@Suite struct TierImportTests {
    typealias Lab = TierDatabaseTests.Lab
    static let (start, minute, hour) = (TierDatabaseTests.start, TierDatabaseTests.minute, TierDatabaseTests.hour)

    /// A sample of each of three series every ten minutes.
    static func imported(_ lab: Lab, _ from: Int64, _ until: Int64) throws {
        var rest = Array(stride(from: start + from * hour, to: start + until * hour, by: Int(10 * minute)))
        while let first = rest.first {
            let end = first - first % (2 * hour) + 2 * hour
            let block = BlockDraft(duration: 2 * hour, clock: lab.clock)
            for time in rest.prefix(while: { $0 < end }) {
                var batch = AppendBatch()
                for i in 0..<3 { batch.add(labels(["__name__": "m", "i": "\(i)"]), time, Double(time / minute % 1000 + Int64(i))) }
                _ = try block.append(&batch)
            }
            _ = try block.write(into: "data", named: ULID(time: first, random: (UInt64(first / minute), 1)), lab.files)
            rest.removeFirst(rest.prefix { $0 < end }.count)
        }
    }

    /// A folder of our own, with an import of hours since the start.
    static func opened(_ lab: Lab, imports: ClosedRange<Int64>) throws -> Database {
        try lab.open().close()
        try imported(lab, imports.lowerBound, imports.upperBound)
        return try lab.open()
    }

    func totals(_ database: Database, _ from: Int64, _ through: Int64, coarsest: Int64 = 0) throws -> [String: [Double]] {
        try TierDatabaseTests().totals(database.source, from, through, coarsest: coarsest)
    }

    @Test("an import is folded where no samples come, to its last one", arguments: [60, 61, 2] as [Int64])
    func idle(hours: Int64) throws {
        let lab = Lab(raw: nil)
        lab.clock.set(Self.start + 1000 * Self.hour)
        let database = try Self.opened(lab, imports: 0...hours)
        let before = try totals(database, -1, hours)
        lab.wait(database, hours: 2)
        let status = database.status
        #expect(status.tiers.dropFirst().allSatisfy { $0.backlog == 0 && $0.backlogBlocks == 0 && $0.samples > 0 }, "\(status.tiers)")
        #expect(status.tiers.dropFirst().allSatisfy { $0.foldedThrough ?? 0 >= Self.start + hours * Self.hour } && status.folding == nil)
        #expect(try totals(database, -1, hours, coarsest: Self.hour) == before && before["0"]?[0] == Double(6 * hours))
        let set = try database.source.select(
            Selection(matchers: [], from: Self.start + 1, through: Self.start + hours * Self.hour, coarsest: Self.hour))
        #expect((set as? any TieredSeriesSet)?.spans(0).spans.map(\.tier) == [.hour])
        // Nothing of the time in which there was nothing.
        #expect(database.blocks(.hour).allSatisfy { $0.maxTime <= Self.start + (hours + 2) * Self.hour + 1 })
    }

    @Test("what is too old of an import goes once it is folded")
    func purge() throws {
        let lab = Lab()
        lab.clock.set(Self.start + 1000 * Self.hour)
        let database = try Self.opened(lab, imports: 0...60)
        let before = try totals(database, -1, 60)
        lab.clock.set(Self.start + 1000 * Self.hour)
        // An import that ends long ago makes the clock look wrong for a day.
        lab.wait(database, hours: 26)
        #expect(database.blocks.map(\.minTime).min() ?? 0 >= Self.start + 52 * Self.hour)
        #expect(try totals(database, -1, 60) == before)
    }

    /// Once a tier has the time of samples that still come in order: they count beside its windows, and then in them.
    @Test("samples older than an import may come in order where there are none yet, and are in every answer")
    func olderInOrder() throws {
        let lab = Lab(raw: nil)
        lab.clock.set(Self.start + 1000 * Self.hour)
        var database = try Self.opened(lab, imports: 0...60)
        lab.wait(database, hours: 2)
        let before = try totals(database, -1, 60)
        var expected = before
        func send(_ from: Int64, _ until: Int64) throws {
            for time in stride(from: Self.start + from * Self.hour + 7, to: Self.start + until * Self.hour, by: Int(10 * Self.minute)) {
                try database.head.add(labels(["__name__": "m", "i": "0"]), (time, 3))
                expected["0"]?[0] += 1
                expected["0"]?[1] += 3
            }
        }
        func check(_ when: String) throws {
            for coarsest in [0, 5 * Self.minute, Self.hour] {
                #expect(try totals(database, -1, 60, coarsest: coarsest) == expected, "\(when), \(coarsest)")
            }
        }
        try send(30, 32)
        try check("in the head")
        lab.wait(database, hours: 1)
        try check("and waited")
        try send(32, 40)
        lab.wait(database, hours: 1)
        try check("in blocks")
        try database.close()
        database = try lab.open()
        try check("after a start")
    }

    @Test("an import into a database that has not cut a block yet is folded up to what may still come in order")
    func besideYoungHead() throws {
        let lab = Lab(raw: nil)
        lab.clock.set(Self.start + 61 * Self.hour)
        let database = try Self.opened(lab, imports: 0...60)
        try lab.fill(database, 61, 63)
        let status = database.status
        #expect(database.blocks.allSatisfy { $0.maxTime <= Self.start + 60 * Self.hour })
        #expect(status.tiers.dropFirst().allSatisfy { ($0.foldedThrough ?? 0) >= Self.start + 58 * Self.hour && $0.backlog == 0 }, "\(status.tiers)")
        try lab.fill(database, 63, 80)
        let sum = try totals(database, -1, 80)
        #expect(sum["0"]?[0] == Double(79 * 6))
        #expect(try totals(database, -1, 80, coarsest: Self.hour) == sum)
        #expect(database.status.tiers.dropFirst().allSatisfy { $0.backlog == 0 && $0.counts.lateMerges == 0 })
    }
}
