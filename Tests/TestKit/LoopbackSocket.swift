import Glibc

/// Sockets of test servers.
public enum LoopbackSocket {
    struct Failure: Error {}

    /// One that listens on a free port of 127.0.0.1.
    public static func listen(backlog: Int32) throws -> (file: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) + Glibc.listen(listener, backlog) + getsockname(listener, address, &length)
            }
        }
        guard code == 0 else { throw Failure() }
        return (listener, UInt16(bigEndian: address.sin_port))
    }
}
