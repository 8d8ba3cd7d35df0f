import Foundation
import Model
import TSDB
import Testing

@Suite("Write-ahead log beside Prometheus's own tools")
struct WALInterop {
    @Test("promtool reads our log", arguments: [true, false])
    func promtool(compressed: Bool) throws {
        guard let peers = ProcessInfo.processInfo.environment["MARTLET_PEERS"] else {
            return print("SKIPPED: MARTLET_PEERS is not set, promtool did not read our log")
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let start: Timestamp = 1_700_000_000_000
        let batches = (0..<300).map { i in
            let series: [UInt64: Labels] = i == 0 ? [7: Labels([(name: "__name__", value: "up"), (name: "job", value: "a b")])] : [:]
            // Long batches, so that records cross pages and segments.
            let samples = (0..<500).map { LoggedSample(reference: 7, time: start + Int64(i * 500 + $0), bits: Double($0).bitPattern) }
            return LoggedBatch(series: series, samples: samples)
        }
        try writeLog(RealFileSystem(), batches, segmentSize: 1 << 20, folder: folder + "/wal", compresses: compressed)
        let lines = try run(peers + "/promtool", ["tsdb", "dump", folder]).split(separator: "\n")
        #expect(lines.count == 150_000)
        #expect(lines.first == "{__name__=\"up\", job=\"a b\"} 0 1700000000000")
        #expect(lines.last == "{__name__=\"up\", job=\"a b\"} 499 1700000149999")
    }

    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}
