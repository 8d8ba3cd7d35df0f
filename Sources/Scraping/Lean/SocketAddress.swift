import Glibc

/// Where to connect to: an address of IPv4 or IPv6 with a port, as the system takes it.
struct SocketAddress: Sendable, Equatable {
    let family: Int32
    private let bytes: [UInt8]

    /// The addresses of a host, in the order in which they are to be tried. Asks name servers, which may block for long, unless `isNumeric`: then
    /// only an address is good.
    static func of(_ host: String, port: UInt16, isNumeric: Bool) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | (isNumeric ? AI_NUMERICHOST : 0)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var found: [SocketAddress] = []
        var next = first
        while let info = next?.pointee {
            if let address = info.ai_addr, [AF_INET, AF_INET6].contains(info.ai_family) {
                let bytes = UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen))
                found.append(SocketAddress(family: info.ai_family, bytes: Array(bytes)))
            }
            next = info.ai_next
        }
        return found
    }

    /// Calls `body` with the address in the form of the system.
    func with<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R? {
        bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map { body($0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count)) }
        }
    }

    /// `address:port`, the address of IPv6 in brackets.
    var text: String {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        let code = with {
            getnameinfo($0, $1, &host, socklen_t(host.count), &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
        }
        guard code == 0 else { return "?" }
        let name = String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let number = String(decoding: port.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return family == AF_INET6 ? "[\(name)]:\(number)" : "\(name):\(number)"
    }
}
