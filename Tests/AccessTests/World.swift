import Access
import Catalog
import Logging
import Model
import Runtime
import StrictYAML
import Synchronization
import TestKit

/// Files in memory, a clock that stands still, and what was put on record.
final class World: Recording {
    struct Missing: Error, CustomStringConvertible { let description = "no such file" }

    private struct State {
        var files: [String: (text: String, version: UInt64)] = [:]
        var records: [AuditRecord] = []
    }

    private let state = Mutex(State())
    let clock = ManualClock(1_000_000)
    let registry = MetricsRegistry()

    /// Where nothing else is said.
    static let path = "web.yml"

    init(_ files: [String: String] = [:]) {
        for (path, text) in files { write(path, text) }
    }

    func write(_ path: String, _ text: String) {
        state.withLock { $0.files[path] = (text, ($0.files[path]?.version ?? 0) + 1) }
    }

    /// After which the next request looks at the files.
    func passTime() { clock.set(clock.now() + 1000) }

    var files: WebFiles {
        WebFiles(
            read: { [self] path in
                guard let file = state.withLock({ $0.files[path] }) else { throw Missing() }
                return Array(file.text.utf8)
            },
            stamp: { [self] path in
                state.withLock { $0.files[path] }.map { WebFiles.Stamp(size: Int64($0.text.utf8.count), changed: 0, number: $0.version) }
            })
    }

    func access() throws(YAMLError) -> AccessControl {
        try AccessControl(
            Self.path, files: files, clock: clock, registry: registry, recording: self, gathering: 3_600_000_000_000,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func record(_ entry: RecordEntry) {
        if case .audit(let record) = entry { state.withLock { $0.records.append(record) } }
    }

    var records: [AuditRecord] { state.withLock { $0.records } }

    /// The values of a metric, summed up.
    func metric(_ name: String) -> Double {
        registry.snapshot().filter { $0.name == name }.flatMap(\.points).reduce(0) { sum, point in
            if case .number(let value) = point.value { sum + value } else { sum }
        }
    }
}

/// What is wrong with the files, or nil.
func fault(_ text: String, _ more: [String: String] = [:]) -> String? {
    let world = World(more.merging([World.path: text]) { $1 })
    do throws(YAMLError) {
        _ = try AccessControl.check(World.path, files: world.files)
        return nil
    } catch {
        return error.description
    }
}
