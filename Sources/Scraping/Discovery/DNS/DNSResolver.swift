import CLinux

/// Asks name servers.
public protocol DNSResolver: Sendable {
    /// The records of that type that a name has; none if it has none or does not exist. Blocks, for some seconds if nobody answers.
    /// Throws if it cannot be known.
    func lookUp(_ name: String, _ type: DNSRecordType) throws(DNSError) -> [DNSRecord]
}

/// The system's resolver, along the search list of `resolv.conf`: the first name of it that has such records counts. The file is read for each lookup.
public struct SystemResolver: DNSResolver {
    /// A name server.
    public struct Server: Sendable {
        public var address: String
        public var port: UInt16

        public init(address: String, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// No answer is larger, for its length goes before it in two bytes.
    private static let largestAnswer = 65_535

    private let server: Server?

    /// - Parameter server: asked instead of those of `resolv.conf`; an IPv4 address.
    public init(server: Server? = nil) { self.server = server }

    public func lookUp(_ name: String, _ type: DNSRecordType) throws(DNSError) -> [DNSRecord] {
        var length = 0
        var outcome = MARTLET_DNS_FAILED
        let answer = [UInt8](unsafeUninitializedCapacity: Self.largestAnswer) { buffer, count in
            outcome = martlet_dns_search(
                name, Int32(type.code), server?.address, server?.port ?? 0, buffer.baseAddress, buffer.count, &length)
            count = length
        }
        switch outcome {
        case MARTLET_DNS_NO_NAME, MARTLET_DNS_NO_DATA: return []
        case MARTLET_DNS_ANSWER:
            do { return try DNSMessage.records(type, in: answer) } catch { throw DNSError("\(name): \(error)") }
        default: throw DNSError("could not resolve \"\(name)\": no server gave a usable answer")
        }
    }
}
