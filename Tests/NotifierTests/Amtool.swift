import Foundation

/// The real `amtool`, from the folder that `MARTLET_PEERS` names.
struct Amtool {
    private let path: String
    private let folder: URL

    /// Nil without such a folder: the caller says what it skips.
    init?() throws {
        guard let peers = ProcessInfo.processInfo.environment["MARTLET_PEERS"] else { return nil }
        path = peers + "/amtool"
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-amtool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func end() { try? FileManager.default.removeItem(at: folder) }

    /// Whether it takes a configuration; nil if it crashes over it.
    func accepts(_ configuration: String) throws -> (verdict: Bool?, output: String) {
        let (status, output) = try run(["check-config", try file(configuration)])
        return (status == 2 ? nil : status == 0, output)
    }

    /// The conditions of all routes below the root, as it prints them.
    func routes(_ configuration: String) throws -> [String] {
        let (_, output) = try run(["config", "routes", "show", "--config.file=" + (try file(configuration))])
        return output.split(separator: "\n").filter { $0.contains("── {") }.map { line in
            let start = line.firstIndex(of: "{") ?? line.startIndex
            let end = line.range(of: "  receiver:", options: .backwards)?.lowerBound ?? line.endIndex
            return line[start..<end].trimmingCharacters(in: .whitespaces)
        }
    }

    func file(_ configuration: String) throws -> String {
        let file = folder.appendingPathComponent("alertmanager.yml")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    /// The receivers that labels are routed to by a configuration file.
    func receivers(_ file: String, _ labels: [String]) throws -> [String] {
        let (_, output) = try run(["config", "routes", "test", "--config.file=" + file] + labels)
        let line = output.split(separator: "\n").last { !$0.hasPrefix("Warning") } ?? ""
        return line.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private func run(_ arguments: [String]) throws -> (Int32, String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        process.environment = ["HOME": folder.path]
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationReason == .exit ? process.terminationStatus : 2, String(decoding: said, as: UTF8.self))
    }
}
