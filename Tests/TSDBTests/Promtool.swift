import Foundation
import Glibc
import Model

/// Prometheus's own programs, in the folder that `MARTLET_PEERS` names.
struct Peers {
    let folder: String

    /// Nil without such a folder: the caller says what it skips.
    init?() {
        guard let folder = getenv("MARTLET_PEERS") else { return nil }
        self.folder = String(cString: folder)
    }

    func promtool(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: folder + "/promtool")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// All float samples of a data folder, by series as the tool writes them.
    func dump(_ path: String, _ flags: [String] = []) throws -> [Substring: [DumpedSample]] {
        Dictionary(grouping: try promtool(["tsdb", "dump"] + flags + [path]).split(separator: "\n").compactMap(DumpedSample.init), by: \.series)
    }
}

/// `{labels} value time`, as promtool prints a sample.
struct DumpedSample {
    let series: Substring
    let value: Double
    let time: Timestamp

    init?(_ line: Substring) {
        guard let end = line.lastIndex(of: "}") else { return nil }
        let rest = line[line.index(after: end)...].split(separator: " ")
        guard rest.count == 2, let value = Double(rest[0]), let time = Timestamp(rest[1]) else { return nil }
        series = line[...end]
        self.value = value
        self.time = time
    }

    func means(_ bits: UInt64) -> Bool { value.isNaN ? Double(bitPattern: bits).isNaN : value.bitPattern == bits }

    static func text(_ labels: Labels) -> Substring {
        let pairs = labels.map { label in
            let value = label.value.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
            return "\(label.name)=\"\(value)\""
        }
        return "{\(pairs.joined(separator: ", "))}"
    }
}
