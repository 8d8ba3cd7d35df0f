import Model
import TSDB
import TestKit
import Testing

@testable import StorageTools

/// Pages that become blocks, and blocks that become text.
struct ImportTests {
    private let files = MemoryFileSystem()

    private static let page = """
        # HELP a help
        # TYPE a counter
        a_total{job="x",i="1"} 1 1700000000
        a_total{job="x",i="1"} 2 1700000015
        a_total{job="x",i="1"} 3 1700007300.5
        # TYPE b gauge
        b{job="y"} NaN 1700000000
        b{job="y"} 1.5e10 1700000030
        b{job="z\\"q"} -0 1700009999.999
        # EOF

        """

    @discardableResult
    private func load(_ page: String, _ options: OpenMetricsImport.Options = .init()) throws -> (
        blocks: [BlockMeta], told: OpenMetricsImport.Progress
    ) {
        let file = try files.open("in.om", .replace)
        try file.append(Array(page.utf8))
        var blocks: [BlockMeta] = []
        var number: UInt64 = 0
        let told = try OpenMetricsImport(options, files) { _ in }.run("in.om", into: "data") {
            number += 1
            return ULID(time: 1_700_000_000_000, random: (number, 0))
        } written: {
            blocks.append($0)
        }
        return (blocks, told)
    }

    private func dump(_ form: SampleDump.Form, from: Timestamp = .min, _ selectors: [String] = ["{__name__=~'(?s:.*)'}"]) throws -> [String] {
        var text: [UInt8] = []
        var dump = SampleDump(form, TimeRange(from: from, through: .max)) { text += $0 }
        try dump.run(try FolderReading("data", files, clock: FixedClock()).source, selectors: selectors)
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private struct FixedClock: Clock {
        func now() -> Timestamp { 1_700_100_000_000 }
        func monotonic() -> Int64 { 0 }
    }

    @Test("a page becomes blocks of two hours, which hold what it said")
    func roundTrip() throws {
        let (blocks, told) = try load(Self.page)
        #expect(blocks.map { [$0.minTime, $0.maxTime] } == [[1_700_000_000_000, 1_700_000_030_001], [1_700_007_300_500, 1_700_010_000_000]])
        #expect(told.samples == 6)
        #expect(told.series == 3)
        #expect(told.bytes == told.totalBytes)
        #expect(
            try dump(.plain) == [
                #"{__name__="a_total", i="1", job="x"} 1 1700000000000"#, #"{__name__="a_total", i="1", job="x"} 2 1700000015000"#,
                #"{__name__="a_total", i="1", job="x"} 3 1700007300500"#, #"{__name__="b", job="y"} NaN 1700000000000"#,
                #"{__name__="b", job="y"} 1.5e+10 1700000030000"#, #"{__name__="b", job="z\"q"} -0 1700009999999"#,
            ])
        #expect(
            try dump(.openMetrics, from: 1_700_000_030_000) == [
                #"a_total{i="1",job="x"} 3 1700007300.500"#, #"b{job="y"} 1.5e+10 1700000030.000"#, #"b{job="z\"q"} -0 1700009999.999"#, "# EOF",
            ])
        #expect(try dump(.plain, [#"{job="y"}"#, "b"]).count == 3)
    }

    @Test("a dump read again gives the same dump")
    func again() throws {
        try load(Self.page)
        let first = try dump(.openMetrics)
        for block in try FolderReading.blocks("data", files).blocks { try files.removeAll(block.path) }
        try load(first.joined(separator: "\n") + "\n")
        #expect(try dump(.openMetrics) == first)
    }

    @Test("labels from the command line go to every series and replace its own")
    func extraLabels() throws {
        var options = OpenMetricsImport.Options()
        options.labels = [Label("site", "main"), Label("job", "all")]
        try load("a{job=\"x\"} 1 1\nb 2 2\n# EOF\n", options)
        #expect(try dump(.openMetrics) == [#"a{job="all",site="main"} 1 1.000"#, #"b{job="all",site="main"} 2 2.000"#, "# EOF"])
    }

    @Test(
        "what cannot be imported leaves no block",
        arguments: [
            ("a 1\n# EOF\n", "expected timestamp for series a, got none"),
            ("a 1 1\n", "data does not end with # EOF"),
            ("a 1 1\na{b=\"1\",b=\"2\"} 1 1\n# EOF\n", #"series a{b="1",b="2"}: label name "b" is not unique"#),
            ("a 1 1\na x 1\n# EOF\n", "line 2"),
        ])
    func refused(page: String, cause: String) throws {
        let error = #expect(throws: OpenMetricsImport.Refused.self) { try load(page) }
        #expect(error?.description.contains(cause) == true, "\(error?.description ?? "")")
        #expect(try FolderReading.blocks("data", files).blocks.isEmpty)
    }

    @Test("pages that were changed at random are imported or refused, nothing else")
    func mutations() throws {
        var random = SeededRandom(7)
        for _ in 0..<300 {
            var bytes = Array(Self.page.utf8)
            for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            let file = try files.open("in.om", .replace)
            try file.append(bytes)
            do {
                try OpenMetricsImport(.init(), files) { _ in }.run("in.om", into: "data") {
                    ULID(time: 1, random: (UInt64.random(in: 0...UInt64.max, using: &random), 0))
                } written: { _ in
                }
            } catch is OpenMetricsImport.Refused {}
        }
        var verification = FolderVerification("data", files) { _ in }
        try verification.run()
        #expect(verification.faults == 0)
    }

    @Test("the check finds a flipped byte in every file of a block and names the file")
    func flipped() throws {
        let block = try #require(try load(Self.page).blocks.first)
        for name in ["index", "chunks/000001"] {
            let path = "data/\(block.ulid)/\(name)"
            let good = try files.read(path)
            var bad = good
            bad[bad.count - 10] ^= 0x10
            files.setContents(path, bad)
            var lines: [String] = []
            var verification = FolderVerification("data", files) { lines.append($0) }
            try verification.run()
            #expect(verification.faults > 0)
            #expect(lines.contains { $0.hasPrefix("FAULT: ") && $0.contains(name) }, "\(lines)")
            files.setContents(path, good)
        }
        var verification = FolderVerification("data", files) { _ in }
        try verification.run()
        #expect(verification.faults == 0)
    }
}
