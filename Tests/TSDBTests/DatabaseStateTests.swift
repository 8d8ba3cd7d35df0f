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

    @Test(arguments: ["", "{", "[]", "{}", #"{"version": 1}"#, #"{"version": 2}"#, #"{"version": 1, "adopted": false, "greatestReference": -1}"#])
    func whatCannotBeReadIsAnErrorThatNamesTheFile(_ text: String) throws {
        let files = MemoryFileSystem()
        try files.makeFolder("data")
        files.setContents("data/martlet.json", Array(text.utf8))
        do {
            _ = try DatabaseState.read("data/martlet.json", files)
            Issue.record("read \(text)")
        } catch {
            #expect("\(error)".contains("data/martlet.json"))
            #expect("\(error)".contains("knows versions up to 1") == text.contains("2"))
        }
    }
}
