import Model
import TSDB
import TestKit
import Testing

@Suite struct BlockDamageTests {
    private func plain() -> PlainBlock {
        var block = PlainBlock()
        block.maxTime = 10_000
        for i in 0..<40 {
            let chunks = (0..<3).map { chunk in
                (0..<30).map { Sample(time: Timestamp(chunk * 1000 + $0 * 15), value: Double(i * $0)) }
            }
            block.series.append((labels(["__name__": "m\(i % 3)", "i": "\(i)", "job": "j"]), chunks))
        }
        return block
    }

    /// Everything that can be asked of a block; what is damaged may throw `StorageError`, nothing else may happen.
    private func ask(_ files: MemoryFileSystem, _ damages: Damages) throws -> [Answer]? {
        func trying<R>(_ read: () throws -> R) -> R? {
            do { return try read() } catch {
                #expect(error is StorageError)
                return nil
            }
        }
        guard let block = trying({ try openBlock(files, "block", damages) }) else { return nil }
        let answers = trying { try block.answers([Matcher(name: "job", equals: "j")]) }
        _ = trying { try block.answers([Matcher(.matches, "i", "1.*"), Matcher(.notEqual, "__name__", "m1")], 500, 1500) }
        _ = trying { try block.answers([Matcher(.matchesNot, "i", "[1-3].?")]) }
        _ = trying { try block.labelNames(Selection(matchers: [], from: .min, through: .max)) }
        _ = trying { try block.labelValues("i", Selection(matchers: [Matcher(name: "__name__", equals: "m2")], from: .min, through: .max)) }
        let cursor = trying { try block.chunkCursor(from: .min, through: .max) }
        for _ in 0..<41 { _ = trying { try cursor?.next() } }
        _ = block.verify()
        return answers
    }

    @Test(arguments: ["index", "chunks/000001"])
    func aChangedByteIsFoundAndNeverAnswered(_ name: String) throws {
        let files = MemoryFileSystem()
        try plain().write("block", files)
        let path = "block/" + name
        let good = files.contents(path)
        let expected = try #require(try ask(files, Damages()))
        for seed in 0..<mutationRounds(usual: 150) {
            var random = SeededRandom(UInt64(seed))
            var bytes = good
            let at = random.below(bytes.count)
            switch random.below(4) {
            case 0: bytes.removeSubrange(at...)
            case 1: bytes.replaceSubrange(at..<min(at + 64, bytes.count), with: [UInt8](repeating: 0, count: min(64, bytes.count - at)))
            default: bytes[at] ^= UInt8(1 << random.below(8))
            }
            if bytes == good { continue }
            files.setContents(path, bytes)
            let damages = Damages()
            if let answers = try ask(files, damages) {
                #expect(answers == expected, "seed \(seed), byte \(at)")
            }
        }
    }

    @Test func aBadChunkIsToldToTheOwner() throws {
        let files = MemoryFileSystem()
        try plain().write("block", files)
        var bytes = files.contents("block/chunks/000001")
        bytes[bytes.count / 2] ^= 1
        files.setContents("block/chunks/000001", bytes)
        let damages = Damages()
        let block = try openBlock(files, "block", damages)
        #expect(throws: StorageError.self) { try block.answers() }
        #expect(damages.count == 1)
        let faults = block.verify()
        #expect(faults.count == 1 && faults[0].path == "block/chunks/000001" && faults[0].reason.contains("checksum"))
        // A cursor goes on with the other chunks of that series.
        let left = try whatIsLeft(block)
        #expect(left.series == 40 && left.chunks == 119 && left.refused == 1 && damages.count == 2)
    }

    private func whatIsLeft(_ block: Block) throws -> (series: Int, chunks: Int, refused: Int) {
        let cursor = try block.chunkCursor(from: .min, through: .max)
        var left = (series: 0, chunks: 0, refused: 0)
        while true {
            do {
                guard try cursor.next() else { return left }
                left.series += 1
                left.chunks += cursor.chunks.count
            } catch { left.refused += 1 }
        }
    }

    @Test(arguments: [0, 1, 100])
    func withoutPostingsACursorStillFindsTheSeries(lost: Int) throws {
        var plain = plain()
        plain.spoil = { section, bytes in
            if section == .postings { bytes.removeLast() }
        }
        let files = MemoryFileSystem()
        try plain.write("block", files)
        var bytes = files.contents("block/index")
        // Where the series begin is the second word of the contents; each entry takes 32 bytes.
        let start = bytes[(bytes.count - 44)..<(bytes.count - 36)].reduce(0) { $0 << 8 | Int($1) }
        let first = (start + 15) / 16 * 16 + 4
        for at in first..<first + lost { bytes[at] ^= 0xff }
        files.setContents("block/index", bytes)
        let block = try openBlock(files)
        #expect(throws: StorageError.self) { try block.answers() }
        let left = try whatIsLeft(block)
        #expect(left.series == [0: 40, 1: 39, 100: 36][lost] && left.refused == (lost > 0 ? 1 : 0))
    }

    /// Bytes that a checksum vouches for and that are wrong all the same.
    @Test(arguments: PlainBlock.Section.allCases)
    func nonsenseWithARightChecksumNeverCrashes(_ section: PlainBlock.Section) throws {
        for seed in 0..<mutationRounds(usual: 40) {
            var random = SeededRandom(UInt64(seed))
            var block = plain()
            var left = random.below(3) + 1
            block.spoil = { place, bytes in
                guard place == section, left > 0, random.below(4) == 0, !bytes.isEmpty else { return }
                left -= 1
                let at = random.below(bytes.count)
                if random.below(5) == 0 { bytes.removeSubrange(at...) } else { bytes[at] = random.below(2) == 0 ? 0xff : UInt8(random.below(256)) }
            }
            let files = MemoryFileSystem()
            try block.write("block", files)
            _ = try ask(files, Damages())
        }
    }

    @Test func whatIsOutOfOrderIsListed() throws {
        func faults(_ change: (inout PlainBlock) -> Void) throws -> [String] {
            var block = plain()
            change(&block)
            let files = MemoryFileSystem()
            try block.write("block", files)
            return try openBlock(files).verify().map(\.reason)
        }
        #expect(try faults { _ in }.isEmpty)
        #expect(try faults { $0.maxTime = 2000 }.allSatisfy { $0.contains("outside the block's time") })
        #expect(try faults { $0.maxTime = 2000 }.count == 40)
        #expect(try faults { $0.series[0].chunks.swapAt(0, 1) }.contains { $0.contains("overlap") })
        #expect(try faults { $0.series[0].chunks[0].swapAt(3, 4) }.contains { $0.contains("out of order") })
        #expect(try faults { $0.series[0].chunks[0].swapAt(0, 4) }.contains { $0.contains("out of order") })
        #expect(try faults { $0.series.append($0.series[0]) }.contains { $0.contains("not behind the series") })
        #expect(try faults { $0.series[5].chunks = [] }.contains { $0.contains("without chunks") })
        #expect(
            try faults { block in
                var lists = 0
                block.spoil = { section, bytes in
                    guard section == .postings else { return }
                    lists += 1
                    // The second list is that of m0: its first series becomes another.
                    if lists == 2 { bytes.replaceSubrange(4..<8, with: bytes[8..<12]) }
                }
            }.contains { $0.contains("postings out of order") })
    }

    @Test func whatIsMissingOrOfAnotherVersionIsNamed() throws {
        func opening(_ change: (MemoryFileSystem) throws -> Void) throws -> String {
            let files = MemoryFileSystem()
            try plain().write("block", files)
            try change(files)
            do {
                _ = try openBlock(files)
                return "opened"
            } catch { return "\(error)" }
        }
        func changed(_ name: String, _ at: Int, _ byte: UInt8) throws -> String {
            try opening { files in
                var bytes = files.contents(name)
                bytes[at] = byte
                files.setContents(name, bytes)
            }
        }
        #expect(try opening { _ in } == "opened")
        #expect(try changed("block/index", 4, 3) == "opened")
        #expect(try changed("block/index", 4, 1).contains("block/index, byte 4: version 1"))
        #expect(try changed("block/index", 0, 1).contains("block/index, byte 0"))
        #expect(try changed("block/chunks/000001", 4, 2).contains("block/chunks/000001, byte 4: version 2"))
        #expect(try opening { try $0.remove("block/index") }.contains("block/index"))
        #expect(try opening { try $0.remove("block/meta.json") }.contains("block/meta.json"))
        #expect(try opening { try $0.rename("block/chunks/000001", to: "block/chunks/000002") }.contains("number 1, is missing"))
    }
}
