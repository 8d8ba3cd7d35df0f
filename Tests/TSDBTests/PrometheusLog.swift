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
        // Its log grows with every scrape: four pages of it are several scrapes.
        try peers.runPrometheus(in: path) { _ in
            for _ in 0..<300 where size(path + "/theirs/wal/00000000") < 4 << 15 { usleep(100_000) }
        }
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

    private func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
