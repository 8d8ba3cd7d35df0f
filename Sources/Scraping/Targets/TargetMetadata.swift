import Exposition
import Glibc
public import Model
import Synchronization

/// What a target's pages say about its metric families. Filled by the target's loop, read by the API.
public final class TargetMetadata: Sendable {
    private struct Entry {
        var metadata = Metadata()
        /// The page since which the family is gone.
        var goneSince: UInt32?
    }

    private struct State {
        var entries: [[UInt8]: Entry] = [:]
        /// Whether some families are gone.
        var hasGone = false
    }

    private let state = Mutex(State())

    public init() {}

    /// TYPE, HELP and UNIT by family, in no order.
    public func all() -> [(family: String, metadata: Metadata)] {
        state.withLock { $0.entries.map { (String(decoding: $0.key, as: UTF8.self), $0.value.metadata) } }
    }

    public subscript(family: String) -> Metadata? {
        state.withLock { $0.entries[Array(family.utf8)]?.metadata }
    }

    /// Takes over the comment lines of a new page; families that it has no more stay for ten pages.
    func update(page: UInt32, format: PageFormat, from body: UnsafeRawBufferPointer) {
        state.withLock { state in
            var seen: Set<[UInt8]> = []
            Self.forEachChange(body, format) { name, change in
                seen.insert(name)
                change(&state.entries[name, default: Entry()].metadata)
            }
            for name in Array(state.entries.keys) {
                if seen.contains(name) {
                    state.entries[name]?.goneSince = nil
                } else if state.entries[name]?.goneSince == nil {
                    state.entries[name]?.goneSince = page
                }
            }
            state.hasGone = state.entries.contains { $0.value.goneSince != nil }
        }
    }

    /// Forgets what has been gone for long.
    func purge(page: UInt32) {
        state.withLock { state in
            guard state.hasGone else { return }
            state.entries = state.entries.filter { page &- ($0.value.goneSince ?? page) <= 10 }
            state.hasGone = state.entries.contains { $0.value.goneSince != nil }
        }
    }

    /// Calls `visit` with each family of the page and what is said of it.
    private static func forEachChange(
        _ body: UnsafeRawBufferPointer, _ format: PageFormat, _ visit: ([UInt8], (inout Metadata) -> Void) -> Void
    ) {
        switch format {
        case .lines(let format):
            forEachComment(body) { line in
                if let (name, change) = read(line, format) { visit(name, change) }
            }
        case .protobuf:
            var cursor = MetricFamilyCursor(body)
            while let family = try? cursor.nextFamily() {
                let told = ProtobufPlace(body, family).metadata
                // Families without a unit say nothing of it.
                visit(Array(cursor[family.name])) { $0 = Metadata(type: told.type, help: told.help, unit: told.unit.isEmpty ? $0.unit : told.unit) }
            }
        }
    }

    /// Calls `visit` with each line whose first sign is a hash, with its newline if it has one.
    private static func forEachComment(_ body: UnsafeRawBufferPointer, _ visit: (UnsafeRawBufferPointer) -> Void) {
        var rest = body
        while let start = rest.baseAddress, !rest.isEmpty {
            let newline = memchr(start, Int32(UInt8(ascii: "\n")), rest.count)
            let count = newline.map { UnsafeRawPointer($0) - start + 1 } ?? rest.count
            let line = UnsafeRawBufferPointer(rebasing: rest[..<count])
            if line.first(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) == UInt8(ascii: "#") { visit(line) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
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
