import Glibc
import Model
import TestKit
import Testing

@testable import TSDB

/// Disks that fail while a block is written or removed: it is there whole, or not at all, and what is left of it goes at the next start.
@Suite struct BlockCrashTests {
    private struct Attempt {
        let model: MergeModel
        let files: MemoryFileSystem
        let blocks: [Block]
        let expected: [Answer]
        var path: String { "data/\(model.ulid)" }

        init(seed: UInt64) throws {
            var random = SeededRandom(11)
            model = MergeModel(&random, count: 2, distance: 1_800_000)
            files = MemoryFileSystem(seed: seed)
            blocks = try model.write(files, "data")
            expected = model.expected(model.range)
        }

        /// True if the block was written.
        func merge() -> Bool {
            var request = BlockRequest(ulid: model.ulid, minTime: model.range.from, maxTime: model.range.through + 1, segmentSize: 4000)
            request.spoolMemory = 300
            do {
                let cursors = try blocks.map { try $0.chunkCursor(from: .min, through: .max) }
                return try BlockWriter.write(cursors, request, into: "data", files) != nil
            } catch {
                return false
            }
        }

        /// Whether the block is there, and then whole; and nothing else is but the parts.
        func check(_ disk: MemoryFileSystem, _ what: String) throws -> Bool {
            try BlockFolder.cleanUp("data", disk)
            let isThere = try disk.kind(path) == .folder
            #expect(try disk.list("data") == model.parts.map { "\($0.ulid)" } + (isThere ? ["\(model.ulid)"] : []), "\(what)")
            if isThere {
                let block = try openBlock(disk, path)
                #expect(try block.verify() == [] && block.answers() == expected, "\(what)")
            }
            return isThere
        }
    }

    /// How many changing calls writing takes.
    private func callCount() throws -> Int {
        let attempt = try Attempt(seed: 1)
        let before = attempt.files.calls
        #expect(attempt.merge())
        return attempt.files.calls - before
    }

    @Test(arguments: [EIO, ENOSPC])
    func everyCallMayFail(code: Int32) throws {
        for call in 1...(try callCount()) {
            for all in [false, true] {
                let attempt = try Attempt(seed: UInt64(call))
                let first = attempt.files.calls + call
                for later in first...(all ? first + 60 : first) { attempt.files.failCall(later, with: code) }
                let written = attempt.merge()
                let what = "call \(call)\(all ? " and all later ones" : ""), errno \(code)"
                let there = try attempt.check(attempt.files.crash(), what)
                if written { #expect(there, "\(what)") }
                attempt.files.heal()
                if !written, !all {
                    #expect(try attempt.files.list("data").allSatisfy { !$0.hasSuffix(BlockFolder.creationSuffix) }, "\(what)")
                }
                // What failed can be tried again at once.
                if try !attempt.check(attempt.files, what) { #expect(attempt.merge(), "\(what)") }
            }
        }
    }

    @Test func theDiskMayBeFullAtAnyByte() throws {
        let whole = try Attempt(seed: 1)
        let before = whole.files.used
        #expect(whole.merge())
        let needed = whole.files.used - before
        #expect(Compactor.estimatedBytes(whole.blocks) > needed)
        for room in stride(from: 0, through: needed, by: max(1, needed / 40)) {
            let attempt = try Attempt(seed: UInt64(room))
            attempt.files.setCapacity(attempt.files.used + room)
            #expect(!attempt.merge() || room > needed * 9 / 10, "room \(room)")
            attempt.files.setCapacity(.max)
            _ = try attempt.check(attempt.files.crash(), "room \(room)")
        }
    }

    @Test func aRemovedBlockIsGoneOrWhole() throws {
        for call in 1...12 {
            let attempt = try Attempt(seed: UInt64(call))
            #expect(attempt.merge())
            attempt.files.failCall(attempt.files.calls + call)
            let removed = (try? BlockFolder.remove(attempt.model.ulid, in: "data", attempt.files)) != nil
            let there = try attempt.check(attempt.files.crash(), "call \(call)")
            if removed { #expect(!there) }
        }
    }
}
