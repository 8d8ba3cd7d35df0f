import Model
import TSDB
import Testing

/// What reading a block costs. Small figures by default, so that the code never rots.
@Suite(.serialized) struct BlockCosts {
    private let files = RealFileSystem()

    private func series(_ i: Int) -> Labels {
        labels([
            "__name__": "metric_\(i % 200)", "job": "node", "instance": "host-\(i / 1000):9100", "device": "dev\(i % 1000 / 200)", "id": "\(i)",
        ])
    }

    /// Two hours of a counter at 15 s, in chunks of 120 samples; or `samples` in one chunk.
    private func write(_ path: String, series count: Int, samples: Int) throws {
        var plain = PlainBlock()
        plain.maxTime = 7_200_000
        for i in 0..<count {
            let all = (0..<samples).map { Sample(time: Timestamp($0 * 15_000 + ($0 * 13 + i * 7) % 5), value: Double(i + $0 * (i % 10))) }
            let chunks = stride(from: 0, to: samples, by: 120).map { Array(all[$0..<min($0 + 120, samples)]) }
            plain.series.append((series(i), chunks))
        }
        try plain.write(path, files)
    }

    @Test func openingAndFirstUse() throws {
        let path = try temporaryFolder()
        defer { try? files.removeAll(path) }
        for count in Measuring.large ? [1000, 10_000, 300_000] : [100, 1000] {
            let folder = path + "/\(count)"
            try write(folder, series: count, samples: 2)
            let before = resident()
            var blocks: [Block] = []
            let opening = try (0..<50).map { _ in try seconds { blocks.append(try openBlock(files, folder)) } }.sorted()[25]
            print("\(count) series, \(blocks[0].bytes) bytes: opened in \(opening * 1e6) µs, \((resident() - before) / 50) resident bytes")
            let first = try seconds { _ = try blocks[0].answers([Matcher(name: "id", equals: "1")]) }
            let later = try seconds { for i in 0..<100 { _ = try blocks[0].answers([Matcher(name: "id", equals: "\(i)")]) } } / 100
            print("first query \(first * 1e3) ms, later ones \(later * 1e6) µs")
            let values = try seconds { _ = try blocks[0].labelValues("id", Selection(matchers: [], from: .min, through: .max)) }
            let regex = try seconds { _ = try blocks[0].answers([Matcher(.matches, "id", "123.*4.*")]) }
            print("all \(count) label values \(values * 1e3) ms, a regular expression over them \(regex * 1e3) ms")
            let select = try seconds { _ = try blocks[0].select(Selection(matchers: [], from: .min, through: .max)) }
            print("select of everything \(select * 1e9 / Double(count)) ns a series")
            let check = try seconds { #expect(blocks[0].verify() == []) }
            print("verified in \(check) s")
        }
    }

    @Test func decoding() throws {
        let path = try temporaryFolder()
        defer { try? files.removeAll(path) }
        let count = Measuring.large ? 5000 : 50
        try write(path + "/block", series: count, samples: 480)
        let block = try openBlock(files, path + "/block")
        let set = try block.select(Selection(matchers: [], from: .min, through: .max))
        let column = SampleColumn()
        for round in 1...3 {
            var samples = 0
            let time = try seconds {
                for index in 0..<set.count {
                    column.removeAll()
                    try set.read(index, from: .min, through: .max, into: column)
                    samples += column.count
                }
            }
            #expect(samples == count * 480)
            let size = Double(block.bytes) / Double(samples)
            print("round \(round): \(time * 1e9 / Double(samples)) ns a sample, \(size) bytes a sample with the index")
        }
        let head = freeHead()
        var batch = AppendBatch()
        for i in 0..<480 {
            batch.removeAll()
            for n in 0..<min(count, 200) { batch.add(series(n), Timestamp(i * 15_000 + (i * 13 + n * 7) % 5), Double(n + i * (n % 10))) }
            _ = try head.append(&batch)
        }
        let same = try head.select(Selection(matchers: [], from: .min, through: .max))
        var samples = 0
        let time = try seconds {
            for _ in 0..<(Measuring.large ? 20 : 1) {
                for index in 0..<same.count {
                    column.removeAll()
                    try same.read(index, from: .min, through: .max, into: column)
                    samples += column.count
                }
            }
        }
        print("the head: \(time * 1e9 / Double(samples)) ns a sample")
    }
}
