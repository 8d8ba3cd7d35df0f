import Model
import TSDB
import Testing

@testable import Catalog

@Suite("The chain of records")
struct ChainTests {
    /// A way to change the file, and the first record that shows it.
    struct Tampering: Sendable, CustomTestStringConvertible {
        let name: String
        let sql: String
        let first: Int64

        var testDescription: String { name }
    }

    static let all: [Tampering] = [
        Tampering(
            name: "a text is changed", sql: "UPDATE record SET text = CAST(replace(CAST(text AS TEXT), 'anna', 'otto') AS BLOB) WHERE number = 4",
            first: 4),
        Tampering(name: "a byte behind a NUL", sql: "UPDATE record SET text = CAST(text || x'0041' AS BLOB) WHERE number = 4", first: 4),
        Tampering(name: "an ID is changed", sql: "UPDATE record SET id = x'00112233445566778899aabbccddeeff' WHERE number = 2", first: 2),
        Tampering(name: "a hash is changed", sql: "UPDATE record SET hash = zeroblob(32) WHERE number = 6", first: 6),
        Tampering(name: "a record is removed", sql: "DELETE FROM record WHERE number = 5", first: 5),
        Tampering(name: "the first is removed", sql: "DELETE FROM record WHERE number = 1", first: 1),
        Tampering(
            name: "one is removed and the rest moved up",
            sql: "DELETE FROM record WHERE number = 5; UPDATE record SET number = number - 1 WHERE number > 5", first: 5),
        Tampering(
            name: "two change places",
            sql:
                "UPDATE record SET number = -1 WHERE number = 3; UPDATE record SET number = 3 WHERE number = 4; UPDATE record SET number = 4 WHERE number = -1",
            first: 3),
        Tampering(
            name: "one is put in at the end",
            sql:
                "INSERT INTO record SELECT 11, x'00112233445566778899aabbccddeeff', kind, time, action, receiver, text, hash FROM record WHERE number = 10",
            first: 11),
        Tampering(
            name: "one is put in at the beginning",
            sql:
                "INSERT INTO record SELECT 0, x'00112233445566778899aabbccddeeff', kind, time, action, receiver, text, hash FROM record WHERE number = 1",
            first: 1),
        Tampering(name: "the time it is found by", sql: "UPDATE record SET time = time + 1 WHERE number = 7", first: 7),
        Tampering(name: "the action it is found by", sql: "UPDATE record SET action = 'x' WHERE number = 7", first: 7),
        Tampering(name: "its labels in the search", sql: "DELETE FROM told WHERE record = 9", first: 9),
        Tampering(name: "a label set", sql: "UPDATE label_set SET labels = x'0161016b'", first: 9),
        Tampering(name: "the last ones are removed", sql: "DELETE FROM record WHERE number > 8", first: 9),
        Tampering(
            name: "the first ones, as if purged",
            sql: "INSERT OR REPLACE INTO chain SELECT 'purged', number, hash FROM record WHERE number = 3; DELETE FROM record WHERE number <= 3",
            first: 4),
        Tampering(name: "all of them", sql: "DELETE FROM record", first: 1),
    ]

    private func filled() throws -> (Workshop, ChainMark) {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        for number in 1...8 { catalog.recorder.record(.audit("silence.set", "s\(number)", at: Workshop.start + Int64(number))) }
        catalog.recorder.record(.transition("A", .inactive, .firing))
        catalog.recorder.record(.attempt("mail", .accepted))
        catalog.flush()
        let last = try catalog.verify().last
        catalog.close()
        return (workshop, last)
    }

    @Test("any change shows, and where", arguments: all)
    func tampering(_ tampering: Tampering) throws {
        let (workshop, _) = try filled()
        try workshop.tamper(tampering.sql)
        let fault = try workshop.open().verify().fault
        #expect(fault?.number == tampering.first, "\(fault?.description ?? "nothing shows")")
    }

    @Test("an untouched chain verifies, with the mark that was noted")
    func untouched() throws {
        let (workshop, last) = try filled()
        let catalog = try workshop.open()
        #expect(try catalog.verify(expected: last).fault == nil)
        catalog.recorder.record(.audit("more"))
        catalog.flush()
        #expect(try catalog.verify(expected: last).fault == nil)
        #expect(ChainMark(last.description) == last)
    }

    @Test("whoever cuts off the end and mends the mark is found out by a mark that was noted elsewhere, and only by that")
    func truncated() throws {
        let (workshop, last) = try filled()
        try workshop.tamper(
            "DELETE FROM told WHERE record > 8; DELETE FROM record WHERE number > 8; INSERT OR REPLACE INTO chain SELECT 'last', number, hash FROM record WHERE number = 8"
        )
        let catalog = try workshop.open()
        #expect(try catalog.verify().fault == nil)
        #expect(try catalog.verify(expected: last).fault?.number == 9)
        for number in 1...5 { catalog.recorder.record(.audit("other", "\(number)")) }
        catalog.flush()
        #expect(try catalog.verify().fault == nil)
        #expect(try catalog.verify(expected: last).fault?.number == 10)
    }

    @Test(
        "other texts are no marks",
        arguments: ["", ":", "1:", "1:00", "-1:" + String(repeating: "0", count: 64), "1:" + String(repeating: "g", count: 64)])
    func noMarks(text: String) { #expect(ChainMark(text) == nil) }
}

@Suite("The catalog's file")
struct CatalogFileTests {
    @Test("a file of a later version is refused by its name and not touched")
    func laterVersion() throws {
        let workshop = try Workshop()
        try workshop.open().close()
        try workshop.tamper("PRAGMA user_version = 9")
        let names = try RealFileSystem().list(workshop.path)
        let before = try RealFileSystem().read(workshop.file)
        let error = #expect(throws: CatalogError.self) { try workshop.open() }
        #expect(error == .newerVersion(path: workshop.file, found: 9, known: 1))
        #expect(error?.description.contains(workshop.file) == true)
        #expect(try RealFileSystem().read(workshop.file) == before && (try RealFileSystem().list(workshop.path)) == names)
    }

    @Test("what is no catalog is refused and not touched", arguments: [true, false])
    func foreign(isSQLite: Bool) throws {
        let workshop = try Workshop()
        try RealFileSystem().makeFolder(workshop.path)
        if isSQLite {
            try workshop.tamper("CREATE TABLE other (a); INSERT INTO other VALUES (1)")
        } else {
            try RealFileSystem().replace(workshop.file, with: Array(repeating: 65, count: 5000))
        }
        let before = try RealFileSystem().read(workshop.file)
        #expect(throws: CatalogError.foreign(path: workshop.file)) { try workshop.open() }
        #expect(try RealFileSystem().read(workshop.file) == before)
    }

    @Test("a damaged file is an error with a reason, not a crash")
    func damaged() throws {
        let workshop = try Workshop()
        let catalog = try workshop.open()
        for number in 0..<500 { catalog.recorder.record(.audit("a", "\(number)")) }
        catalog.close()
        var bytes = try RealFileSystem().read(workshop.file)
        for index in 4096..<min(40_000, bytes.count) { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
        try RealFileSystem().replace(workshop.file, with: bytes)
        #expect(throws: CatalogError.self) { _ = try workshop.open().verify() }
    }
}
