import Glibc
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Serves every demo page on a port of its own, `basePort` and the following, as `/metrics`, and logs when incidents begin and end.
/// Returns when its task is cancelled.
/// - Throws: `DemoError` when a port is not to be had, else what the network layer throws.
public func runDemo(_ options: DemoOptions) async throws {
    guard (1...65_536 - DemoPage.all.count).contains(options.basePort) else { throw DemoError.portOutOfRange(options.basePort) }
    try options.checkPorts()
    let start = options.now()
    let playbook = options.program.playbook(from: start, seed: options.seed)
    let waiting = Countdown(DemoPage.all.count)
    try await withThrowingTaskGroup(of: Void.self) { group in
        for (offset, page) in DemoPage.all.enumerated() {
            group.addTask {
                try await serve(page, port: options.basePort + offset, playbook, options) {
                    if waiting.isLast() { options.onReady() }
                }
            }
        }
        group.addTask { await announce(playbook, from: start, options.now) }
        try await group.waitForAll()
    }
}

/// Logs the incidents as they come.
private func announce(_ playbook: Playbook, from start: Double, _ now: @Sendable () -> Double) async {
    let logger = Logger(label: "demo")
    var told = start.nextDown
    while !Task.isCancelled {
        let time = now()
        for line in playbook.news(after: told, until: time) { logger.info("\(line)") }
        told = max(told, time)
        try? await Task.sleep(for: .milliseconds(200))
    }
}

private func serve(
    _ page: DemoPage, port: Int, _ playbook: Playbook, _ options: DemoOptions, whenListening: @escaping @Sendable () -> Void
) async throws {
    var logger = Logger(label: "demo")
    logger.logLevel = .warning
    let router = Router()
    router.get("/metrics") { _, _ in
        let now = options.now()
        guard page.answers(at: now, playbook: playbook) else { return answer("The service is down.\n", "text/plain", .serviceUnavailable) }
        return answer(page.text(seed: options.seed, at: now, playbook: playbook), "text/plain; version=0.0.4; charset=utf-8")
    }
    router.get("/") { _, _ in answer("Martlet demo: \(page.title). The metrics are under /metrics.\n", "text/plain; charset=utf-8") }
    let application = Application(
        router: router, configuration: .init(address: .hostname(options.host, port: port)), onServerRunning: { _ in whenListening() }, logger: logger)
    do {
        try await application.run()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
        throw DemoError.portInUse(host: options.host, port: port)
    }
}

private func answer(_ text: String, _ type: String, _ status: HTTPResponse.Status = .ok) -> Response {
    Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: text)))
}

/// Tells the last of several tasks that it is the last.
private final class Countdown: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }

    func isLast() -> Bool { left.subtract(1, ordering: .relaxed).newValue == 0 }
}
