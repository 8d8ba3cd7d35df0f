import Model
import TestKit
import Testing

@testable import TSDB

/// What becomes of windows, and of the samples they are of, when bytes of either are lost.
@Suite struct TierDamageTests {
    @Test("what a raw block had that was lost stays in the windows, whatever else comes to its time")
    func lostRawBlock() throws {
        let lab = TierDatabaseTests.Lab(raw: 30 * TierDatabaseTests.hour)
        var database = try lab.open()
        try lab.fill(database, 0, 40)
        try database.close()
        let block = try #require(database.blocks.first { $0.minTime >= TierDatabaseTests.start + 20 * TierDatabaseTests.hour })
        lab.files.setContents("data/\(block.ulid)/index", [])
        database = try lab.open()
        #expect(!database.status.quarantined.isEmpty)
        try database.head.add(labels(["__name__": "m", "i": "0"]), (block.minTime + TierDatabaseTests.hour + 7, 5000))
        try lab.fill(database, 40, 80)
        #expect(database.blocks.allSatisfy { $0.minTime > block.maxTime })
        let found = try TierDatabaseTests().totals(database.source, -1, 39)
        #expect(found["0"]?[0] == 39 * 6 + 2 && found["1"]?[0] == 39 * 6 + 1)
    }

    /// It is not taken for one that is too old when it is back.
    @Test("a raw block that is set aside as damaged is answered from the tiers until somebody puts it back")
    func setAside() throws {
        let lab = TierDatabaseTests.Lab(raw: nil)
        var database = try lab.open()
        try lab.fill(database, 0, 40)
        let before = try TierDatabaseTests().totals(database.source, -1, 39)
        try database.close()
        let block = database.blocks[0]
        let path = "data/\(block.ulid)"
        let meta = lab.files.contents(path + "/meta.json")
        lab.files.setContents(path + "/meta.json", [1])
        database = try lab.open()
        #expect(database.status.quarantined.count == 1)
        try lab.fill(database, 40, 46)
        #expect(try TierDatabaseTests().totals(database.source, -1, 39) == before)
        #expect(database.status.tiers[0].floor ?? 0 > block.minTime)
        try database.close()
        try lab.files.rename("data/quarantine/\(block.ulid)", to: path)
        lab.files.setContents(path + "/meta.json", meta)
        database = try lab.open()
        lab.wait(database, hours: 1)
        #expect(database.blocks.contains { $0.compaction.sources.contains(block.compaction.sources[0]) })
        #expect(database.status.tiers[0].floor == nil && database.status.tiers.allSatisfy { $0.backlogBlocks == 0 })
        #expect(try TierDatabaseTests().totals(database.source, -1, 39) == before)
    }

    @Test("a damaged block of a tier is folded anew where raw samples are, and what is left of it serves on where they are not")
    func damage() throws {
        let lab = TierDatabaseTests.Lab(raw: 30 * TierDatabaseTests.hour)
        var database = try lab.open()
        try lab.fill(database, 0, 60)
        let before = try TierDatabaseTests().totals(database.source, -1, 59)
        try database.close()
        let newest = try #require(database.blocks(.fiveMinutes).last)
        let path = "data/tiers/5m/\(newest.ulid)/index"
        lab.files.setContents(path, [])
        database = try lab.open()
        #expect(!database.status.quarantined.isEmpty)
        lab.wait(database, hours: 1)
        #expect(database.blocks(.fiveMinutes).last?.maxTime ?? 0 >= newest.maxTime)
        #expect(try TierDatabaseTests().totals(database.source, -1, 59) == before)
        #expect(try TierDatabaseTests().totals(database.source, -1, 59, coarsest: 300_000) == before)
        // A chunk of an old one.
        let oldest = try #require(database.blocks(.fiveMinutes).first)
        try database.close()
        let chunks = "data/tiers/5m/\(oldest.ulid)/chunks/000001"
        var bytes = lab.files.contents(chunks)
        bytes[bytes.count - 10] ^= 1
        lab.files.setContents(chunks, bytes)
        database = try lab.open()
        _ = try TierDatabaseTests().totals(database.source, -1, 59)
        lab.wait(database, hours: 1)
        #expect(try TierDatabaseTests().totals(database.source, -1, 59)["0"] == before["0"])
        #expect(!database.blocks(.fiveMinutes).contains { $0.ulid == oldest.ulid })
    }

    @Test("raw samples stay as long as the windows they are in cannot be read")
    func damageBeforePurging() throws {
        let lab = TierDatabaseTests.Lab()
        var database = try lab.open()
        try lab.fill(database, 0, 40)
        try database.close()
        let newest = try #require(database.blocks(.fiveMinutes).last)
        #expect(database.blocks.contains { $0.minTime <= newest.minTime })
        let chunks = "data/tiers/5m/\(newest.ulid)/chunks/000001"
        var bytes = lab.files.contents(chunks)
        bytes[bytes.count - 10] ^= 1
        lab.files.setContents(chunks, bytes)
        database = try lab.open()
        // All at once: folding, a merge that meets the damage, and raw samples that are too old.
        try lab.fill(database, 40, 52, maintains: false)
        database.maintain()
        #expect(!lab.events.all("folding failed; it will be tried again").isEmpty)
        lab.wait(database, hours: 1)
        #expect(!database.blocks.contains { $0.minTime <= newest.minTime })
        #expect(try TierDatabaseTests().totals(database.source, -1, 51).values.allSatisfy { $0[0] == 51 * 6 + 1 })
    }

    static let isReplaced = "a block of a tier is damaged; what could be read of it, or folded anew, serves on"

    @Test("damage that nobody has met yet is found before raw samples go", arguments: [Tier.fiveMinutes, .hour])
    func hiddenDamage(tier: Tier) throws {
        let lab = TierDatabaseTests.Lab(raw: nil)
        var database = try lab.open()
        try lab.fill(database, 0, 40)
        try database.close()
        let oldest = try #require(database.blocks(tier).first)
        let chunks = "data/tiers/\(tier.rawValue)/\(oldest.ulid)/chunks/000001"
        var bytes = lab.files.contents(chunks)
        bytes[bytes.count - 10] ^= 1
        lab.files.setContents(chunks, bytes)
        database = try lab.open()
        database.setRetention(Retention(time: 6 * TierDatabaseTests.hour))
        lab.wait(database, hours: 1)
        #expect(!database.blocks.contains { $0.minTime <= oldest.minTime } && !lab.events.all(Self.isReplaced).isEmpty)
        for coarsest in [0, TierDatabaseTests.hour] {
            let found = try TierDatabaseTests().totals(database.source, -1, 39, coarsest: coarsest)
            #expect(found.count == 3 && found.values.allSatisfy { $0[0] == 39 * 6 + 1 })
        }
    }
}
