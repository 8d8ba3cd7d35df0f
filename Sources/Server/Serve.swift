import ConfigurationFile
import Glibc
import Logging
import Model
import Runtime
import StrictYAML

/// Runs a server until it is told to stop. Returns the process's exit code; what went wrong is in the log.
public func serve(_ options: ServeOptions) async -> Int32 {
    SystemMemory.keepSmall()
    let clock = SystemClock()
    var logger = Logger(label: "martlet") { _ in LineLogHandler(level: options.logLevel, format: options.logFormat, clock: clock) }
    logger.logLevel = options.logLevel
    // From here on a signal is a wish, not the end.
    let signals = ServerSignal.stream()
    do {
        let settings = try ServeSettings(options)
        let server = try MartletServer(settings, clock: clock, logger: logger)
        try await server.run(signals)
        return 0
    } catch let error as ConfigurationError {
        for problem in error.problems { logger.error("the configuration is refused", metadata: ["problem": "\(problem)"]) }
    } catch {
        logger.error("the server cannot run", metadata: ["err": "\(error)"])
    }
    return 1
}
