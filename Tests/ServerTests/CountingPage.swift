import Foundation
import Glibc
import Synchronization

/// A metrics page that says how often it was asked for, served by a thread of its own.
final class CountingPage: Sendable {
    let port: Int
    private let rounds = Atomic<Int>(0)
    private let listener: Int32
    private let hasExemplars: Bool

    /// Pages completely sent so far.
    var served: Int { rounds.load(ordering: .sequentiallyConsistent) }

    /// `hasExemplars`: in OpenMetrics, with an exemplar at each sample.
    init(hasExemplars: Bool = false) throws {
        self.hasExemplars = hasExemplars
        port = try freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let bound = listenAddress(port) { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
        Thread { [self] in serve() }.start()
    }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            answer(connection)
            close(connection)
        }
    }

    private func answer(_ connection: Int32) {
        var request = [UInt8](repeating: 0, count: 4096)
        guard recv(connection, &request, request.count, 0) > 0 else { return }
        let type = hasExemplars ? "application/openmetrics-text; version=1.0.0" : "text/plain; version=0.0.4"
        let body = hasExemplars ? traced : "# TYPE scrape_rounds counter\nscrape_rounds \(served + 1)\n"
        let head = "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        let bytes = Array((head + body).utf8)
        if send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count {
            rounds.add(1, ordering: .sequentiallyConsistent)
        }
    }

    private var traced: String {
        "# HELP scrape_rounds Rounds.\n# TYPE scrape_rounds counter\nscrape_rounds_total \(served + 1) # {trace_id=\"\(served + 1)\"} 1\n# EOF\n"
    }
}
