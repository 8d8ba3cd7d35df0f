import ArgumentParser
import StorageTools
import TSDB

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check every checksum, order and reference in a data folder.",
        discussion: "martlet tsdb verify data; the exit code is 1 if anything is wrong. Nothing is changed.")

    @Argument(help: "Data folder.") var folder = "data"

    func run() throws {
        var verification = FolderVerification(folder, RealFileSystem()) { print($0) }
        try verification.run()
        if verification.faults > 0 { throw ExitCode(1) }
    }
}
