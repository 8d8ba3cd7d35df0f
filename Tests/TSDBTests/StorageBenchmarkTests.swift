import StorageBenchmark
import TSDB
import Testing

/// The benchmark at a tiny size.
@Suite struct StorageBenchmarkTests {
    @Test func targetsComeAndGo() throws {
        let folder = try temporaryFolder()
        defer { try? RealFileSystem().removeAll(folder) }
        var load = try Load(folder: folder + "/data")
        for round in 0..<4 {
            if round == 3 { try load.end(1) }
            for target in 0..<2 { try load.scrape(target, round == 3 ? target : 0) }
            load.pass(seconds: 30)
        }
        #expect(load.tell("at last").hasPrefix("at last: 8000 samples"))
    }
}
