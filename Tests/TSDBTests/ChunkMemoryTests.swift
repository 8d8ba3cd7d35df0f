import TestKit
import Testing

@testable import TSDB

@Suite("Memory for chunks")
struct ChunkMemoryTests {
    @Test("Blocks never share bytes, whatever comes and goes", arguments: [UInt64(1), 2, 3])
    func apart(seed: UInt64) {
        print("seed \(seed)")
        let memory = ChunkMemory()
        var random = SeededRandom(seed)
        var blocks: [(address: UnsafeMutableRawPointer, size: Int, mark: UInt8)] = []
        for step in 0..<20_000 {
            if blocks.count > 3000 || (!blocks.isEmpty && Int.random(in: 0..<5, using: &random) < 2) {
                let block = blocks.remove(at: Int.random(in: 0..<blocks.count, using: &random))
                let bytes = UnsafeRawBufferPointer(start: block.address, count: block.size)
                guard bytes.allSatisfy({ $0 == block.mark }) else {
                    Issue.record("step \(step): somebody wrote into a block of \(block.size) bytes")
                    return
                }
                memory.free(block.address)
            } else {
                let size = Int.random(in: 1...ChunkMemory.largest, using: &random)
                let address = memory.allocate(size)
                #expect(UInt(bitPattern: address) % 8 == 0)
                let mark = UInt8(truncatingIfNeeded: step)
                address.initializeMemory(as: UInt8.self, repeating: mark, count: size)
                blocks.append((address, size, mark))
            }
        }
        for block in blocks { memory.free(block.address) }
        #expect(memory.byteCount == 0)
    }

    @Test("What one size gives up serves another")
    func pagesMove() {
        let memory = ChunkMemory()
        let small = (0..<10_000).map { _ in memory.allocate(64) }
        let before = memory.byteCount
        for block in small { memory.free(block) }
        #expect(memory.byteCount == 0)
        let large = (0..<1_000).map { _ in memory.allocate(640) }
        #expect(memory.byteCount <= before + 65_536)
        for block in large { memory.free(block) }
    }

    @Test("Blocks that stay behind are moved together, and keep their bytes", arguments: [UInt64(1), 2, 3])
    func movedTogether(seed: UInt64) {
        let memory = ChunkMemory()
        var random = SeededRandom(seed)
        let all = (0..<10_000).map { _ in memory.allocate(64) }
        var kept: [UnsafeMutableRawPointer] = []
        for block in all {
            if Int.random(in: 0..<4, using: &random) > 0 { memory.free(block) } else { kept.append(block) }
        }
        for (at, block) in kept.enumerated() { block.storeBytes(of: at, as: Int.self) }
        let before = memory.byteCount
        #expect(memory.beginMoving())
        for at in kept.indices where memory.isLeaving(kept[at]) {
            let block = memory.allocate(64)
            #expect(!memory.isLeaving(block))
            block.copyMemory(from: kept[at], byteCount: 64)
            memory.free(kept[at])
            kept[at] = block
        }
        memory.endMoving()
        #expect(memory.byteCount * 2 < before)
        #expect(kept.indices.allSatisfy { kept[$0].load(as: Int.self) == $0 })
        #expect(!memory.beginMoving())
        for block in kept { memory.free(block) }
        #expect(memory.byteCount == 0)
    }

    @Test("Pages whose blocks were not moved give out blocks again")
    func notMoved() {
        let memory = ChunkMemory()
        let all = (0..<10_000).map { _ in memory.allocate(64) }
        for (at, block) in all.enumerated() where at % 4 > 0 { memory.free(block) }
        #expect(memory.beginMoving())
        memory.endMoving()
        let before = memory.byteCount
        let more = (0..<7_000).map { _ in memory.allocate(64) }
        #expect(memory.byteCount == before)
        for block in more { memory.free(block) }
        for (at, block) in all.enumerated() where at % 4 == 0 { memory.free(block) }
        #expect(memory.byteCount == 0)
    }

    @Test("What lasts does not share pages with what comes and goes")
    func lasting() {
        let memory = ChunkMemory()
        let lasting = (0..<5_000).map { _ in (memory.allocate(64, lasts: true), memory.allocate(64)) }
        for block in lasting { memory.free(block.1) }
        #expect(memory.byteCount < 5_000 * 64 + 2 * 65_536)
        for block in lasting { memory.free(block.0) }
        #expect(memory.byteCount == 0)
    }

    @Test("Sizes fit, in steps of at most an eighth or 32 bytes", arguments: [1, 24, 25, 56, 120, 300, 512, 513, 1000, 1056, 1088, 5000])
    func steps(size: Int) {
        let real = ChunkMemory.blockSize(size)
        #expect(real >= size)
        #expect(real - size < max(32, size / 8 + 8))
    }
}
