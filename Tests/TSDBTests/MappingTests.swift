import Glibc
import TSDB
import TestKit
import Testing

@Suite struct MappingTests {
    private func everywhere(_ body: (any FileSystem, String) throws -> Void) throws {
        try body(MemoryFileSystem(), "/")
        let folder = try temporaryFolder()
        defer { try? RealFileSystem().removeAll(folder) }
        try body(RealFileSystem(), folder)
    }

    @Test func aMappingShowsTheFile() throws {
        try everywhere { files, folder in
            let path = FilePath.join(folder, "file")
            let file = try files.open(path, .create)
            #expect(try files.map(path, length: nil).bytes.isEmpty)
            try file.append([1, 2, 3])
            let mapping = try files.map(path, length: nil)
            try files.rename(path, to: path + "2")
            #expect(Array(mapping.bytes) == [1, 2, 3])
            #expect(throws: FileError.self) { try files.map(path, length: nil) }
            try files.remove(path + "2")
            #expect(Array(mapping.bytes) == [1, 2, 3])
        }
    }

    @Test func whatIsAppendedIsSeenInRoomForMore() throws {
        try everywhere { files, folder in
            let path = FilePath.join(folder, "file")
            let file = try files.open(path, .create)
            let mapping = try files.map(path, length: 1 << 20)
            #expect(mapping.bytes.count == 1 << 20)
            for part in 0..<64 {
                try file.append([UInt8](repeating: UInt8(part), count: 10_000))
                #expect(mapping.bytes[part * 10_000] == UInt8(part) && mapping.bytes[part * 10_000 + 9_999] == UInt8(part))
            }
            try file.truncate(to: 15_000)
            #expect(mapping.bytes[14_999] == 1 && mapping.bytes[15_000] == 0)
        }
    }

    @Test func bytesOfAFileThatWasCutShortAreZeros() throws {
        try everywhere { files, folder in
            let path = FilePath.join(folder, "file")
            let file = try files.open(path, .create)
            try file.append([UInt8](repeating: 7, count: 100_000))
            let mapping = try files.map(path, length: nil)
            try file.truncate(to: 10)
            #expect(mapping.bytes.reduce(0) { $0 + Int($1) } == 70)
        }
    }

    /// More mappings at once than one table of guarded ranges holds, made and dropped on several threads while others read lost pages.
    @Test func manyMappingsComeAndGoWhileLostPagesAreRead() async throws {
        let folder = try temporaryFolder()
        defer { try? RealFileSystem().removeAll(folder) }
        let path = FilePath.join(folder, "file")
        let file = try RealFileSystem().open(path, .create)
        try file.append([1])
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    var held: [any FileMapping] = []
                    for round in 0..<2000 {
                        let mapping = try RealFileSystem().map(path, length: 3 * 4096)
                        #expect(mapping.bytes[8000] == 0 && mapping.bytes[0] == 1)
                        held.append(mapping)
                        if held.count > 400 { held.remove(at: round % held.count) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
