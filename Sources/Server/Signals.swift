import Dispatch
import Glibc

/// The signals a server listens to, as an asynchronous sequence.
enum ServerSignal: Sendable {
    /// SIGHUP: read the configuration again.
    case reload
    /// SIGINT or SIGTERM: end in order.
    case stop

    /// From here on these signals no longer end the process by themselves.
    static func stream() -> AsyncStream<ServerSignal> {
        AsyncStream { continuation in
            let meanings: [(Int32, ServerSignal)] = [(SIGHUP, .reload), (SIGINT, .stop), (SIGTERM, .stop)]
            let sources = meanings.map { number, meaning in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { continuation.yield(meaning) }
                source.resume()
                return Held(source: source)
            }
            // A client that hangs up must not end the server.
            signal(SIGPIPE, SIG_IGN)
            continuation.onTermination = { _ in sources.forEach { $0.source.cancel() } }
        }
    }

    private struct Held: @unchecked Sendable {
        // Dispatch sources may be cancelled from any thread.
        let source: any DispatchSourceSignal
    }
}
