import Foundation
import Testing

@testable import Demo

@Suite("Serving the demo")
struct ServingTests {
    @Test("a base port that leaves no room for the pages is refused in words")
    func outOfRange() async {
        for port in [-1, 0, 65_530, 70_000] {
            await #expect { try await runDemo(DemoOptions(basePort: port)) } throws: { "\($0)".contains("base port \(port)") }
        }
    }

    @Test("a port in use is named, with what to do")
    func inUse() async throws {
        let listener = try Listener()
        let base = Int(listener.port) - 3
        await #expect { try await runDemo(DemoOptions(basePort: base)) } throws: {
            "\($0)".contains("in use") && "\($0)".contains("--base-port")
        }
    }
}

/// A socket that listens on a port of the system's choice, with room for the pages before and after it.
private final class Listener {
    let descriptor: Int32
    let port: UInt16

    init() throws {
        let opened = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptor = opened
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(opened, $0, length) == 0 && listen(opened, 1) == 0 && getsockname(opened, $0, &length) == 0
            }
        }
        try #require(bound)
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }
}
