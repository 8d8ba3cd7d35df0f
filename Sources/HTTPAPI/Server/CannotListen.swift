import Glibc
import NIOCore

/// The address to listen on cannot be had.
public struct CannotListen: Error, CustomStringConvertible {
    public let description: String

    init(host: String, port: Int, cause: any Error) {
        let address = "\(host):\(port)"
        switch (cause as? IOError)?.errnoCode {
        case EADDRINUSE: description = "cannot listen on \(address): another program is using this port"
        case EACCES: description = "cannot listen on \(address): this port needs more rights"
        case EADDRNOTAVAIL: description = "cannot listen on \(address): the address is not this machine's"
        default: description = "cannot listen on \(address): \(cause)"
        }
    }
}
