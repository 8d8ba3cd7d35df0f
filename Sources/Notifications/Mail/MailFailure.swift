import NIOCore
import NIOPosix
import NIOSSL
import WebClient

/// Words for what goes wrong on the way to a mail server.
enum MailFailure {
    static func words(_ error: any Error) -> String {
        switch error {
        case let error as NIOSSLError: "TLS: \(error)"
        case let error as BoringSSLError: "TLS: \(error)"
        case let error as NIOSSLExtraError: "TLS: \(error.description)"
        default: TransportFailure.words(error, ended: "the server has closed the connection")
        }
    }
}
