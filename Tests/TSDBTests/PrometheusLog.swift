import Foundation
import Glibc
import Model
import TSDB
import Testing

/// A data folder of Prometheus, taken over: what its tool reads from the log is what our head answers.
@Suite struct PrometheusLog {
    @Test func aLogOfPrometheusIsReplayed() throws {
        guard let peers = Peers() else {
            return print("SKIPPED: MARTLET_PEERS is not set, no log of Prometheus was replayed")
        }
        let files = RealFileSystem()
        let path = try temporaryFolder()
        defer { try? files.removeAll(path) }
        try recordItself(peers.folder, path)
        try files.makeFolder(path + "/ours/wal")
        for name in try files.list(path + "/theirs/wal") where name.allSatisfy(\.isNumber) {
            try files.replace(path + "/ours/wal/" + name, with: try files.read(path + "/theirs/wal/" + name))
        }
        let expected = try peers.dump(path + "/theirs")
        let reports = Reports()
        let answers = try openDatabase(files, DatabaseOptions(), reports, path: path + "/ours").head.answers()
        #expect(reports.count(.error) == 0 && reports.count(.warning) == 0)
        #expect(answers.count > 300)
        #expect(answers.count == expected.count)
        for answer in answers {
            let lines = expected[DumpedSample.text(answer.labels)] ?? []
            #expect(lines.map(\.time) == answer.times, "\(answer.labels)")
            #expect(zip(lines, answer.values).allSatisfy { $0.means($1) }, "\(answer.labels)")
        }
        let samples = answers.reduce(0) { $0 + $1.times.count }
        print("replayed \(samples) samples in \(answers.count) series that Prometheus wrote")
    }

    /// Lets Prometheus scrape itself every second for some seconds, and ends it.
    private func recordItself(_ peers: String, _ path: String) throws {
        let port = try freePort()
        let configuration = """
            global: {scrape_interval: 1s}
            scrape_configs:
              - job_name: itself
                static_configs: [{targets: ["127.0.0.1:\(port)"]}]
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: path + "/prometheus.yml"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: peers + "/prometheus")
        process.arguments = [
            "--config.file=\(path)/prometheus.yml", "--storage.tsdb.path=\(path)/theirs",
            "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
        ]
        try process.run()
        defer { process.waitUntilExit() }
        // Its log grows with every scrape: four pages of it are several scrapes.
        for _ in 0..<300 where size(path + "/theirs/wal/00000000") < 4 << 15 { usleep(100_000) }
        process.terminate()
    }

    private func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            let generic = bytes.bindMemory(to: sockaddr.self).baseAddress
            return bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
        }
        guard bound == 0 else { throw FileError(path: "127.0.0.1", operation: "bind to", code: errno) }
        return UInt16(bigEndian: address.sin_port)
    }
}
