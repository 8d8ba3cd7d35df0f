import Exposition
public import Model
import Synchronization

/// What a target's pages say about its metric families. Filled by the target's loop, read by the API.
public final class TargetMetadata: Sendable {
    private struct Entry {
        var metadata = Metadata()
        /// The page since which the family is gone.
        var goneSince: UInt32?
    }

    private let entries = Mutex<[[UInt8]: Entry]>([:])

    public init() {}

    /// TYPE, HELP and UNIT by family, in no order.
    public func all() -> [(family: String, metadata: Metadata)] {
        entries.withLock { $0.map { (String(decoding: $0.key, as: UTF8.self), $0.value.metadata) } }
    }

    public subscript(family: String) -> Metadata? {
        entries.withLock { $0[Array(family.utf8)]?.metadata }
    }

    /// Takes over the comment lines of a new page; families that it has no more stay for ten pages.
    func update(page: UInt32, format: ExpositionFormat, from body: UnsafeRawBufferPointer) {
        entries.withLock { entries in
            var seen: Set<[UInt8]> = []
            Self.forEachComment(body) { line in
                guard let (name, change) = Self.read(line, format) else { return }
                seen.insert(name)
                change(&entries[name, default: Entry()].metadata)
            }
            for name in Array(entries.keys) {
                if seen.contains(name) {
                    entries[name]?.goneSince = nil
                } else if entries[name]?.goneSince == nil {
                    entries[name]?.goneSince = page
                }
            }
        }
    }

    /// Forgets what has been gone for long.
    func purge(page: UInt32) {
        entries.withLock { entries in
            guard entries.contains(where: { $0.value.goneSince != nil }) else { return }
            entries = entries.filter { page &- ($0.value.goneSince ?? page) <= 10 }
        }
    }

    /// Calls `visit` with each line whose first sign is a hash.
    private static func forEachComment(_ body: UnsafeRawBufferPointer, _ visit: (UnsafeRawBufferPointer) -> Void) {
        for line in body.split(separator: UInt8(ascii: "\n")) {
            guard line.first(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) == UInt8(ascii: "#") else { continue }
            // With its newline, if it has one.
            visit(UnsafeRawBufferPointer(rebasing: body[line.startIndex..<min(line.endIndex + 1, body.endIndex)]))
        }
    }

    /// The family of a line of metadata and what it says of it; nil for every other line.
    static func read(_ line: UnsafeRawBufferPointer, _ format: ExpositionFormat) -> ([UInt8], (inout Metadata) -> Void)? {
        var cursor = ExpositionCursor(line, format: format)
        switch try? cursor.next() {
        case .type(let name, let type): return (Array(cursor[name]), { $0.type = type })
        case .help(let name, let text):
            let help = cursor.helpText(text)
            return (Array(cursor[name]), { $0.help = help })
        case .unit(let name, let text):
            let unit = String(decoding: cursor[text], as: UTF8.self)
            return (Array(cursor[name]), { $0.unit = unit })
        default: return nil
        }
    }
}
