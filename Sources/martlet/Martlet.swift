import ArgumentParser
import Server

/// The command line: one file a subcommand.
@main
struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "A Prometheus-compatible time-series server.",
        discussion: """
            martlet serve --config.file=martlet.yml          scrape, store and answer on http://127.0.0.1:9090
            martlet demo                                     metrics pages of a product to try it with
            martlet check config martlet.yml                 say what is wrong with a configuration, and where
            martlet notify test ops                          send a sample alert to a receiver
            martlet tsdb list data                           what blocks there are
            martlet query instant http://127.0.0.1:9090 up   ask a server
            """,
        version: BuildInfo.line,
        subcommands: [
            Serve.self, DemoCommand.self, Check.self, Query.self, Test.self, StorageCommand.self,
            AlertsCommand.self, Audit.self, BackupCommand.self, RestoreCommand.self, Web.self, Event.self, Notify.self,
        ])
}
