import HTTPAPI
import Logging
import Runtime
import Testing

@testable import Server

/// Whether it is told that everybody is let in.
struct OpenDoorTests {
    @Test(
        "by the address that is listened on",
        arguments: [
            ("127.0.0.1", 0), ("127.1.2.3", 0), ("localhost", 0), ("::1", 0), ("0.0.0.0", 1), ("::", 1), ("10.0.0.1", 1), ("metrics.example", 1),
        ] as [(String, Double)])
    func told(host: String, value: Double) {
        var options = HTTPServerOptions()
        options.host = host
        let registry = MetricsRegistry()
        OpenDoor.tell(options, nil, registry, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let points = registry.snapshot().filter { $0.name == "martlet_web_open_to_everybody" }.flatMap(\.points)
        #expect(points.count == 1)
        if case .number(let found)? = points.first?.value { #expect(found == value) }
    }
}
