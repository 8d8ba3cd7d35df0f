import Model
import TSDB
import TestKit
import Testing

/// Damage that comes while the server runs: the block goes to the quarantine, and what can be read of it serves on.
@Suite struct DamagedBlocksTests {
    private static let day = DatabaseBlocksTests()

    /// Where in the index a byte is changed, and how many of the block's 3 series are left then.
    @Test(arguments: [("index", 0.02, 0), ("index", 0.999, 3), ("chunks/000001", 0.5, 2)])
    func theRestServesOn(_ name: String, _ place: Double, _ left: Int) throws {
        let files = MemoryFileSystem()
        let clock = TurnedClock(DatabaseBlocksTests.start)
        let database = try Self.day.open(files, clock)
        try Self.day.fill(database, clock, 0, 5)
        let block = try #require(database.blocks.first)
        let before = try database.source.answers()
        let path = "data/\(block.ulid)/" + name
        var bytes = files.contents(path)
        // The last 52 bytes of an index were read when it was opened.
        let at = place > 0.9 ? bytes.count - 60 : Int(Double(bytes.count) * place)
        bytes[at] ^= 0xff
        files.setContents(path, bytes)
        try database.close()
        let again = try Self.day.open(files, clock)
        // What meets the damage first is answered as far as it can be, and told so.
        let (mark, _) = again.damage(since: .max)
        let first = try again.source.answers()
        #expect(again.damage(since: mark).blocks == ["\(block.ulid)"])
        again.maintain()
        #expect(again.damage(since: again.damage(since: .max).mark).blocks == [])
        let after = try again.source.answers()
        #expect(after.count == 3)
        #expect(files.contents("data/quarantine/\(block.ulid)/" + name) == bytes)
        #expect(!again.blocks.contains { $0.ulid == block.ulid })
        let range = TimeRange(from: block.minTime, through: block.maxTime - 1)
        #expect(after.filter { $0.times.contains(where: range.contains) }.count == left)
        for answer in first {
            let whole = try #require(before.first { $0.labels == answer.labels })
            #expect(Set(answer.times).isSubset(of: whole.times) && answer.times.count == answer.values.count)
        }
        let outside: (Answer) -> [Timestamp] = { $0.times.filter { !range.contains($0) } }
        #expect(after.map(outside) == before.map(outside))
        #expect(first.map(outside) == before.map(outside))
    }
}
