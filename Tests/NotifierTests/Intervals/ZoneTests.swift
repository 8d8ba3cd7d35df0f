import Foundation
import Model
import TestKit
import Testing

@testable import Notifier

@Suite("Time zones")
struct ZoneTests {
    private static let names = [
        "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Europe/Dublin",
        "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran", "Antarctica/Troll", "Pacific/Kiritimati", "America/Nuuk", "Asia/Gaza", "UTC",
        "Etc/GMT+12",
        "EST5EDT", "Africa/Cairo", "Pacific/Chatham", "America/Santiago",
    ]

    @Test("offsets are those of the C library, now and in times far away", arguments: names)
    func sameAsDate(name: String) throws {
        let zone = try systemZones.zone(name)
        var random = SeededRandom(StableHash.fnv1a(name))
        // From 1900 to 2200, and closely around every change of the years 2000 to 2030.
        var times = (0..<400).map { _ in Int64(random.below(9_467_000_000)) - 2_208_000_000 }
        for change in zone.changes where change.time > 946_000_000 && change.time < 1_900_000_000 { times += [change.time - 1, change.time] }
        let theirs = try Self.date(name, times)
        try #require(theirs.count == times.count)
        for (time, expected) in zip(times, theirs) {
            let local = zone.local(time * 1000)
            #expect("\(local.offset / 60) \(local.abbreviation)" == expected, Comment(rawValue: "\(name) at \(time)"))
        }
    }

    /// Minutes east of UTC and the abbreviation at each time, as `date` has them.
    private static func date(_ zone: String, _ times: [Int64]) throws -> [String] {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["TZ=" + zone, "LC_ALL=C", "date", "-f", "-", "+%::z %Z"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(times.map { "@\($0)\n" }.joined().utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return said.split(separator: "\n").map { line in
            let parts = line.split(separator: " ")
            let digits = parts[0].dropFirst().split(separator: ":").compactMap { Int($0) }
            // What is left of a minute goes towards zero on both sides.
            let minutes = digits[0] * 60 + digits[1]
            return "\(line.hasPrefix("-") ? -minutes : minutes) \(parts[1])"
        }
    }

    @Test(
        "names that name nothing are refused",
        arguments: ["Nowhere/Land", "../etc/passwd", "/etc/localtime", "Europe\\Berlin", "europe/berlin", "zone.tab", "a/../b"])
    func unknown(name: String) { #expect(throws: ZoneError.self) { try systemZones.zone(name) } }

    @Test("no name, UTC and Local are always there")
    func always() throws {
        #expect(try ZoneDatabase.none.zone("").name == "UTC")
        #expect(try ZoneDatabase.none.zone("UTC").name == "UTC")
        let berlin = try systemZones.zone("Europe/Berlin")
        #expect(try ZoneDatabase(local: berlin) { _ in nil }.zone("Local").name == "Europe/Berlin")
    }

    @Test("a file cut short anywhere is refused and named as damaged")
    func cutShort() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/Europe/Berlin")))
        for length in 0..<bytes.count {
            #expect(throws: ZoneFileError.self, "\(length) bytes") { try ZoneFile.read(Array(bytes[..<length]), name: "x") }
        }
        #expect(throws: ZoneError("the file of the time zone \"x\" is damaged: byte 0: no header of a zone file")) {
            try ZoneDatabase { _ in [1, 2] }.zone("x")
        }
    }

    @Test("damaged files give an error or a zone, never a crash")
    func damaged() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/America/New_York")))
        let other = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/Africa/Casablanca")))
        let seed = UInt64.random(in: 0...UInt64.max)
        print("damaged zone files from seed \(seed)")
        var mutator = ByteMutator(SeededRandom(seed), words: ["TZif2", "\n", "EST5EDT,M3.2.0,M11.1.0", "<-03>3"].map { Array($0.utf8) })
        for _ in 0..<mutationRounds(usual: 2000) {
            guard let zone = try? ZoneFile.read(mutator.mutated(bytes, with: other), name: "x") else { continue }
            for time in [Int64.min, -1, 0, 1_800_000_000_000, .max] { _ = zone.local(time) }
        }
    }

    @Test(
        "rules of POSIX",
        arguments: [
            ("CET-1CEST,M3.5.0,M10.5.0/3", "CET CEST"), ("EST5EDT,M3.2.0,M11.1.0", "EST EDT"), ("<+0330>-3:30", "+0330 +0330"),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", "GMT IST"), ("AEST-10AEDT,M10.1.0,M4.1.0/3", "AEDT AEST"), ("AAA3BBB,J60/0,J300", "AAA BBB"),
            ("AAA3BBB,59,300", "AAA BBB"), ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "-02 -01"),
        ])
    func rules(text: String, names: String) throws {
        let rule = try #require(ZoneRule(Array(text.utf8)))
        // 2027-01-15 and 2027-07-15.
        #expect([1_800_000_000, 1_815_600_000].map { rule.offset(at: $0).abbreviation }.joined(separator: " ") == names)
    }

    @Test(
        "what is no rule",
        arguments: [
            "", "A1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1x", "<CET-1", "CET-200",
        ])
    func noRule(text: String) { #expect(ZoneRule(Array(text.utf8)) == nil) }
}
