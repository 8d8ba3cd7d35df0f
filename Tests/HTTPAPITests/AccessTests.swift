import Access
import Catalog
import Foundation
import PromQL
import Runtime
import Synchronization
import TSDB
import Testing

@testable import HTTPAPI

/// Who routes are for, and what is kept of what administrators do. Logins themselves: `AccessTests`; over TLS: `Tests/Interop`.
struct AccessTests {
    private final class Records: Recording {
        private let all = Mutex<[AuditRecord]>([])
        var taken: [AuditRecord] { all.withLock { $0 } }

        func record(_ entry: RecordEntry) {
            if case .audit(let record) = entry { all.withLock { $0.append(record) } }
        }
    }

    private static func api(_ records: Records? = nil, reloadFails: Bool = false) throws -> API {
        var options = HTTPServerOptions()
        options.enableAdminAPI = true
        options.enableLifecycle = true
        return try API(
            options: options, engine: Engine(), source: MemorySource([]), state: TestState(reloadFails: reloadFails), registry: MetricsRegistry(),
            clock: FixedClock(), storage: FakeStorage(), recording: records)
    }

    @Test("the table of roles tells of all routes, and of no others")
    func documented() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/HTTPAPI/Routing/roles.md")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let documented = Set(lines.filter { $0.contains("| `/") }.map(String.init))
        let columns: [Login?] = [nil] + Role.allCases.map { Login(name: "", means: .password, roles: [$0]) }
        let routes = try Self.api().endpoints.all.map { route in
            let cells = columns.map { login in
                (login?.belongs(to: route.audience) ?? (route.audience == .anyone)) ? "yes" : "–"
            }
            return "| \(route.methods.joined(separator: ", ")) | `\(route.pattern)` | \(cells.joined(separator: " | ")) |"
        }
        for missing in Set(routes).subtracting(documented) { Issue.record("not in roles.md: \(missing)") }
        for old in documented.subtracting(routes) { Issue.record("in roles.md, but there is no such route: \(old)") }
    }

    @Test(
        "what administrators do is on record, with who, from where and what came of it",
        arguments: [
            ("POST", "/api/v1/admin/tsdb/delete_series?match[]=up&start=1&end=2", "series.delete", "up from 1000 through 2000", nil),
            ("POST", "/api/v1/admin/tsdb/clean_tombstones", "tombstones.clean", "", nil),
            ("POST", "/api/v1/admin/tsdb/snapshot?skip_head=true", "snapshot.create", "blocks", nil),
            ("POST", "/-/reload", "configuration.reload", "m.yml", nil), ("PUT", "/-/quit", "server.quit", "", nil),
        ] as [(String, String, String, String, String?)])
    func recorded(method: String, target: String, action: String, object: String, failure: String?) async throws {
        let records = Records()
        var request = APIRequest(method: method, target: target, client: "10.0.0.1:4711")
        request.login = Login(name: "alice", means: .password, roles: [.admin])
        let answer = await (try Self.api(records)).respond(to: request)
        #expect(answer.status < 300)
        let by = Requester(authenticated: "alice", address: "10.0.0.1")
        #expect(records.taken == [AuditRecord(time: 1_000_000_500, by: by, action: action, object: object)])
    }

    @Test("a reload that fails is on record too, and what was not even tried is not")
    func failed() async throws {
        let records = Records()
        let api = try Self.api(records, reloadFails: true)
        for target in ["/-/reload", "/api/v1/admin/tsdb/delete_series", "/api/v1/admin/tsdb/snapshot?skip_head=x"] {
            _ = await api.respond(to: APIRequest(method: "POST", target: target, client: "10.0.0.1:4711"))
        }
        #expect(records.taken.map(\.failure) == ["line 3: unknown key"])
        #expect(records.taken.first?.by == Requester(address: "10.0.0.1"))
    }
}
