import TestKit
import Testing

@testable import TSDB

@Suite struct DatabaseStateTests {
    @Test func whatIsWrittenIsRead() throws {
        let files = MemoryFileSystem()
        try files.makeFolder("data")
        var state = DatabaseState()
        state.isAdopted = true
        state.greatestReference = 1 << 40
        state.trustedClock = 1_700_000_000_000
        state.clockWaited = 5
        state.emptiedUntil = -7
        try state.write("data/martlet.json", files)
        #expect(try DatabaseState.read("data/martlet.json", files) == state)
        #expect(try DatabaseState.read("data/other.json", files) == nil)
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"version": 1}"#, #"{"version": 2}"#, #"{"version": 1, "checksum": "00000000"}"#])
    func whatCannotBeReadIsDamageAndNamesTheFile(_ text: String) throws {
        let files = MemoryFileSystem()
        try files.makeFolder("data")
        files.setContents("data/martlet.json", Array(text.utf8))
        do {
            _ = try DatabaseState.read("data/martlet.json", files)
            Issue.record("read \(text)")
        } catch .damaged(let path, _, _) {
            #expect(path == "data/martlet.json")
        }
    }

    @Test func aLaterFormIsToldFromAChangedBit() throws {
        let files = MemoryFileSystem()
        try files.makeFolder("data")
        let later = "{\n\t\"version\": 3\n}\n"
        let sum = String(Array(later.utf8).withUnsafeBytes { checksum($0) }, radix: 16)
        let text = #"{"version": 3, "checksum": "\#(String(repeating: "0", count: 8 - sum.count) + sum)"}"#
        files.setContents("data/martlet.json", Array(text.utf8))
        do {
            _ = try DatabaseState.read("data/martlet.json", files)
            Issue.record("read \(text)")
        } catch {
            #expect("\(error)".contains("data/martlet.json") && "\(error)".contains("knows versions up to 2"))
        }
    }

    @Test func everyChangedBitIsDamageOrChangesNothing() throws {
        let files = MemoryFileSystem()
        try files.makeFolder("data")
        var state = DatabaseState()
        state.greatestReference = 40_012
        state.trustedClock = 1_795_478_400_000
        try state.write("data/martlet.json", files)
        let written = files.contents("data/martlet.json")
        var damaged = 0
        for bit in 0..<written.count * 8 {
            var bytes = written
            bytes[bit / 8] ^= 1 << (bit % 8)
            files.setContents("data/martlet.json", bytes)
            do {
                #expect(try DatabaseState.read("data/martlet.json", files) == state, "bit \(bit)")
            } catch .damaged {
                damaged += 1
            }
        }
        // The rest are tabs, newlines and spaces that turned into one another.
        #expect(damaged > written.count * 7)
    }
}
