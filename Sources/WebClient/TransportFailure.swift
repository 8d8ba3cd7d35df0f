import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// Words for what goes wrong on the way to a server and back, those that Prometheus's users know where there are such.
public enum TransportFailure {
    public static let deadline = "context deadline exceeded"

    /// Before the response's head had come; the whole URL is not in it.
    public static func beforeAnswer(_ error: any Error, _ url: String) -> String {
        if let error = error as? WebError { return error.description }
        // An address is connected to as it stands in the URL; a name's error brings the address that was tried.
        let isConnecting = (error as? IOError).map { connecting.contains($0.errnoCode) } ?? false
        let dial = isConnecting ? "dial tcp \(place(url)): " : ""
        return dial + words(error, ended: "EOF")
    }

    /// While the body came.
    public static func inBody(_ error: any Error) -> String { words(error, ended: "unexpected EOF") }

    /// Whether the connection ended under the request: a target may close a connection that was kept alive at the very moment it is used.
    public static func isLostConnection(_ error: any Error) -> Bool {
        if let error = error as? IOError { return [ECONNRESET, EPIPE].contains(error.errnoCode) }
        return (error as? HTTPClientError) == .remoteConnectionClosed
    }

    private static let connecting = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT]

    /// Host and port of a URL.
    static func place(_ url: String) -> Substring {
        let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        let place = parts.count > 1 ? parts[1] : url[...]
        // What stands before `@` is a secret.
        return place.lastIndex(of: "@").map { place[place.index(after: $0)...] } ?? place
    }

    /// - Parameter ended: what it is called that the connection ended.
    public static func words(_ error: any Error, ended: String) -> String {
        switch error {
        case let error as WebError: error.description
        case let error as HTTPClientError: words(error, ended)
        case let error as NIOConnectionError: words(error)
        case let error as IOError: system(error)
        case ChannelError.connectTimeout: deadline
        case HTTPParserError.invalidEOFState: ended
        case is CancellationError: "context canceled"
        default: "\(error)"
        }
    }

    private static func words(_ error: HTTPClientError, _ ended: String) -> String {
        let late: [HTTPClientError] = [.deadlineExceeded, .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .readTimeout]
        if late.contains(error) { return deadline }
        switch error {
        case .remoteConnectionClosed, .uncleanShutdown: return ended
        case .redirectLimitReached: return "stopped after 10 redirects"
        case .redirectCycleDetected: return "the redirects go round in a circle"
        default: return error.description
        }
    }

    private static func words(_ error: NIOConnectionError) -> String {
        if let last = error.connectionErrors.last {
            if case ChannelError.connectTimeout = last.error { return deadline }
            let address = last.target.ipAddress ?? error.host
            let reason = (last.error as? IOError).map(system) ?? "\(last.error)"
            return "dial tcp \(address.contains(":") ? "[\(address)]" : address):\(error.port): \(reason)"
        }
        return "dial tcp: lookup \(error.host): no such host"
    }

    private static func system(_ error: IOError) -> String { words(errno: error.errnoCode) }

    /// What the system said of a connection.
    public static func words(errno code: Int32) -> String {
        let call = connecting.contains(code) ? "connect: " : ""
        let text = String(cString: strerror(code))
        return call + text.prefix(1).lowercased() + text.dropFirst()
    }
}
