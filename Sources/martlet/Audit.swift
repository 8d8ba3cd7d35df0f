import ArgumentParser
import Catalog
import Foundation
import Model
import TSDB

/// `martlet audit …`: what is on record in a data folder.
struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Export and verify what is on record.", subcommands: [Export.self, Verify.self])

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print records, the newest first: one JSON object a line, or a table.",
            discussion: "martlet audit export --start=2026-11-01T00:00:00Z --format=csv > november.csv")

        @Option(name: .customLong("storage.tsdb.path"), help: "Data folder.") var storagePath = "data"
        @Option(help: "First time, RFC 3339 or Unix seconds.") var start: String?
        @Option(help: "Last time, RFC 3339 or Unix seconds.") var end: String?
        @Option(help: "audit, transition, attempt or event; may be given several times (default: all).") var kind: [String] = []
        @Option(help: "json or csv.") var format = "json"

        func validate() throws {
            guard ["json", "csv"].contains(format) else { throw ValidationError("--format: \(format) is neither json nor csv") }
            for name in kind where RecordKind(name: name) == nil { throw ValidationError("--kind: \(name) is no kind of record") }
            _ = try (Self.time("start", start), Self.time("end", end))
        }

        func run() throws {
            let catalog = try CatalogReader(dataFolder: storagePath, RealFileSystem())
            let kinds = kind.isEmpty ? RecordKind.allCases : kind.compactMap { RecordKind(name: $0) }
            let query = RecordQuery(
                kinds: Set(kinds), from: try Self.time("start", start) ?? .min, through: try Self.time("end", end) ?? .max)
            let mark = try catalog.mark()
            if format == "csv" { print(RecordTable.header, terminator: "") }
            try catalog.forEach(query) { record in
                if format == "csv" { print(RecordTable.line(record), terminator: "") } else { print(record.shown.goText) }
            }
            FileHandle.standardError.write(Data("the chain of records is at \(mark)\n".utf8))
        }

        private static func time(_ option: String, _ text: String?) throws -> Timestamp? {
            guard let text else { return nil }
            if let time = RFC3339.parse(text) { return time }
            guard let seconds = Double(text), abs(seconds) < 1e15 else {
                throw ValidationError("--\(option): \(text) is neither a time as 2026-11-01T00:00:00Z nor a number of seconds")
            }
            return Timestamp(seconds * 1000)
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that no record was changed, removed, put in or moved.",
            discussion: """
                martlet audit verify
                martlet audit verify --mark 1234:5f0c…    with a mark that the server has logged: shows also whether all was written anew
                The exit code is 1 if anything is wrong; the first such record is named.
                """)

        @Option(name: .customLong("storage.tsdb.path"), help: "Data folder.") var storagePath = "data"
        @Option(help: "A mark that was noted before, as the log and this command give it.") var mark: String?

        func validate() throws {
            if let mark, ChainMark(mark) == nil { throw ValidationError("--mark: \(mark) is no number with a colon and 64 hexadecimal digits") }
        }

        func run() throws {
            let catalog = try CatalogReader(dataFolder: storagePath, RealFileSystem())
            let expected = mark.flatMap { ChainMark($0) }
            let found = try catalog.verify(expected: expected)
            if let fault = found.fault {
                print("FAILED: \(fault)")
                throw ExitCode(1)
            }
            let purged = found.purged.number
            print("\(found.records) records are as they were written\(purged > 0 ? "; those up to \(purged) were purged" : "")")
            if let expected, expected.number > 0, expected.number < purged {
                print("the mark is of a record that was purged: nothing can be said about it")
            }
            print("the chain of records is at \(found.last)")
        }
    }
}
