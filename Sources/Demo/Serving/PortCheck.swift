import Glibc

extension DemoOptions {
    /// Tries every port before any page is served, so that a port in use is told at once and by its number, with nothing half started.
    /// A host that is no IPv4 address is left to the network layer.
    func checkPorts() throws(DemoError) {
        let address = inet_addr(host)
        guard address != INADDR_NONE else { return }
        for offset in DemoPage.all.indices where !isFree(address, port: basePort + offset) {
            throw .portInUse(host: host, port: basePort + offset)
        }
    }

    private func isFree(_ host: in_addr_t, port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        // Connections of an earlier run that linger are no listener.
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = host
        address.sin_port = in_port_t(port).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        return bound == 0 || errno != EADDRINUSE
    }
}
