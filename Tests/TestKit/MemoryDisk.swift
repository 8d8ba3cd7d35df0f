import Glibc
import TSDB

/// A file on the simulated disk: what the running program sees of it, and what a power cut leaves.
final class DiskFile: @unchecked Sendable {
    // Guarded by the file system's lock.
    private(set) var bytes: [UInt8] = []
    private(set) var durable: [UInt8] = []
    /// What a failed sync has marked clean: lost at a crash, never written again.
    private var dropped = false
    private var mappings: [WeakMapping] = []

    init(_ bytes: [UInt8] = []) {
        self.bytes = bytes
        durable = bytes
    }

    func append(_ more: some Collection<UInt8>) {
        let before = bytes.count
        bytes += more
        show(from: before)
    }

    func truncate(to size: Int) {
        // Nothing is left of what was dropped.
        if size == 0 { dropped = false }
        if size < bytes.count {
            bytes.removeLast(bytes.count - size)
        } else {
            bytes += [UInt8](repeating: 0, count: size - bytes.count)
        }
        show(from: 0)
    }

    /// As if it had always been so.
    func replace(_ contents: [UInt8]) {
        bytes = contents
        durable = contents
        show(from: 0)
    }

    func sync() {
        if !dropped { durable = bytes }
    }

    func failSync() { dropped = true }

    func map(length: Int?) -> MemoryMapping {
        let mapping = MemoryMapping(length: length ?? bytes.count)
        mapping.show(bytes, from: 0)
        mappings.removeAll { $0.mapping == nil }
        mappings.append(WeakMapping(mapping: mapping))
        return mapping
    }

    private func show(from offset: Int) {
        for entry in mappings { entry.mapping?.show(bytes, from: offset) }
    }

    /// All that was synced, and of what was appended since a random part; the rest is missing, or zeros, or, in one run of 512 bytes, random.
    func survivor(_ random: inout SeededRandom) -> DiskFile {
        let kept = durable.count
        guard !dropped, bytes.count > kept else { return DiskFile(durable) }
        let reached = kept + random.below(bytes.count - kept + 1)
        var left = Array(bytes[..<reached])
        switch random.below(3) {
        case 0: break
        case 1: left += [UInt8](repeating: 0, count: random.below(bytes.count - reached + 1))
        default: left += (0..<min(512, bytes.count - reached)).map { _ in UInt8(random.below(256)) }
        }
        return DiskFile(left)
    }
}

/// A folder on the simulated disk. Names are durable when the folder was synced after they were made, renamed or removed.
final class DiskFolder: @unchecked Sendable {
    // Guarded by the file system's lock.
    var entries: [String: DiskNode] = [:]
    private var durable: [String: DiskNode] = [:]

    func sync() { durable = entries }

    /// For what is to be there whatever happens.
    func keep(_ name: String) { durable[name] = entries[name] }

    /// Names changed since the last sync are all there, or all as they were then; what the names stand for survives as it can.
    func survivor(_ random: inout SeededRandom, _ files: inout [ObjectIdentifier: DiskFile]) -> DiskFolder {
        let left = DiskFolder()
        let names = random.below(2) == 0 ? entries : durable
        for name in names.keys.sorted() {
            switch names[name] {
            case .file(let file):
                // A file with two names stays one file.
                let survivor = files[ObjectIdentifier(file)] ?? file.survivor(&random)
                files[ObjectIdentifier(file)] = survivor
                left.entries[name] = .file(survivor)
            case .folder(let folder): left.entries[name] = .folder(folder.survivor(&random, &files))
            case nil: break
            }
        }
        left.sync()
        return left
    }

    /// The bytes of all files in it and below, each counted once.
    func used(_ seen: inout Set<ObjectIdentifier>) -> Int {
        var sum = 0
        for node in entries.values {
            switch node {
            case .file(let file): sum += seen.insert(ObjectIdentifier(file)).inserted ? file.bytes.count : 0
            case .folder(let folder): sum += folder.used(&seen)
            }
        }
        return sum
    }

    /// The paths of all files in it and below.
    func paths(_ prefix: String) -> [String] {
        entries.keys.sorted().flatMap { name -> [String] in
            switch entries[name] {
            case .file: [prefix + name]
            case .folder(let folder): folder.paths(prefix + name + "/")
            case nil: []
            }
        }
    }
}

enum DiskNode: Sendable {
    case file(DiskFile)
    case folder(DiskFolder)
}
