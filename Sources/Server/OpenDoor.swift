import Access
import HTTPAPI
import Logging
import Model
import Runtime

/// Tells that everybody who reaches the server may do everything it was told to allow.
enum OpenDoor {
    static func tell(_ options: HTTPServerOptions, _ access: AccessControl?, _ registry: MetricsRegistry, _ logger: Logger) {
        let isOpen: @Sendable () -> Bool = { [host = options.host] in !isLoopback(host) && access?.configuration.isClosed != true }
        registry.callback(
            "martlet_web_open_to_everybody", .gauge,
            help: "Whether other machines can reach the server and nobody has to log in (--web.config.file)."
        ) { isOpen() ? 1 : 0 }
        guard isOpen() else { return }
        logger.warning(
            "everybody who reaches this address may read all data, and what the flags allow besides; --web.config.file asks for a login",
            metadata: ["address": "\(options.host):\(options.port)"])
    }

    static func isLoopback(_ host: String) -> Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
