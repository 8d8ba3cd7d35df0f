import ArgumentParser
import ConfigurationFile
import Foundation
import Runtime
import Server
import StorageTools
import StrictYAML
import TSDB

/// `martlet backup DIR`.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy all that a server keeps, also while it runs.",
        discussion: """
            martlet backup /backups/monday --storage.tsdb.path=data --config.file=martlet.yml
            Samples, history and silences, and the configuration without its secrets. On the same disk blocks are links and take no room.
            """)

    @Argument(help: "Folder for the backup; it must not be there yet, or be empty.") var folder: String
    @Option(name: .customLong("storage.tsdb.path"), help: "Data folder.") var storagePath = "data"
    @Option(name: .customLong("config.file"), help: "Configuration file.") var configFile = "martlet.yml"

    func run() throws {
        let configuration = Result { try loaded() }
        let made = try Backup(folder, RealFileSystem()).make(of: storagePath, try? configuration.get(), at: SystemClock().now())
        print("\(folder): \(made)")
        if case .failure(let error) = configuration {
            FileHandle.standardError.write(Data("the configuration is not in the backup: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    private func loaded() throws -> Backup.Configuration {
        let configuration = try ConfigurationLoader.load(configFile, files: .disk, environment: ProcessInfo.processInfo.environment)
        var seen: Set<String> = []
        let paths = configuration.ruleGroups.map(\.file).filter { seen.insert($0).inserted }
        return Backup.Configuration(
            redacted: configuration.redacted,
            // Files of one name may come from several folders.
            ruleFiles: try paths.enumerated().map { ("\($0.offset + 1)-\(FilePath.name($0.element))", try FileReading.disk.read($0.element)) })
    }
}

/// `martlet restore DIR`.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a data folder of a backup.",
        discussion: "martlet restore /backups/monday --storage.tsdb.path=data; the data folder must not be there yet, or be empty.")

    @Argument(help: "Folder that 'martlet backup' has made.") var folder: String
    @Option(name: .customLong("storage.tsdb.path"), help: "Data folder.") var storagePath = "data"

    func run() throws {
        let time = try Backup(folder, RealFileSystem()).restore(to: storagePath)
        print("\(storagePath): restored from a backup of \(time)")
    }
}
