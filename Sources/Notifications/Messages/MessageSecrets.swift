import ClientConfiguration
import Notifier
import WebClient

/// Secrets of settings, read from their files when they are needed.
struct MessageSecrets {
    private let files: Credentials
    /// What has been read: nothing of it may be shown.
    private(set) var revealed: [String] = []

    init(readFile: @escaping @Sendable (String) throws -> [UInt8]) { files = Credentials(readFile: readFile) }

    /// Throws if the file cannot be read or is empty.
    mutating func text(_ source: SecretSource, _ what: String) throws(Unsendable) -> String {
        let text = try source.file.map { path throws(Unsendable) in try file(path) } ?? source.text?.revealed ?? ""
        if text.isEmpty { throw .now("\(what) is empty") }
        revealed.append(text)
        return text
    }

    func file(_ path: String) throws(Unsendable) -> String {
        do {
            return try files.trimmed(path)
        } catch {
            throw .now("\(error)")
        }
    }
}
