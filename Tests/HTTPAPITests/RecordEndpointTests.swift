import Catalog
import Model
import Synchronization
import Testing

@testable import HTTPAPI

/// Answers with two records and keeps what it was asked.
private final class AskedRecords: RecordsReading {
    private let queries = Mutex<[RecordQuery]>([])
    let page: RecordPage
    let failure: CatalogError?

    init(_ records: [RecordEntry] = [], next: RecordCursor? = nil, failure: CatalogError? = nil) {
        page = RecordPage(records: records.enumerated().map { KeptRecord(number: Int64($0.offset + 1), entry: $0.element) }, next: next)
        self.failure = failure
    }

    var last: RecordQuery? { queries.withLock { $0.last } }

    func records(_ query: RecordQuery) throws -> RecordPage {
        queries.withLock { $0.append(query) }
        if let failure { throw failure }
        return page
    }
}

@Suite("Records over the API")
struct RecordEndpointTests {
    private static let labels = Labels([(name: "alertname", value: "A"), (name: "severity", value: "critical")])

    private static let transition = RecordEntry.transition(
        TransitionRecord(
            time: 1_795_478_400_500, group: "g", file: "r.yml", labels: labels, annotations: [Label("summary", "a, \"b\"\nc")], from: .pending,
            to: .firing,
            activeAt: 1_795_478_340_000, value: .infinity))

    private static let attempt = RecordEntry.attempt(
        AttemptRecord(
            time: 1_795_478_401_000, delivery: 9, receiver: "=team, \"x\"", integration: "email[0]", groupKey: "{}", attempt: 2, outcome: .failed,
            detail: "line 1\r\nline 2", alerts: [labels], isFiring: true, duration: 30))

    private static let audit = RecordEntry.audit(
        AuditRecord(
            time: 1_795_478_400_000, by: Requester(authenticated: "anna", claimed: nil, address: "10.0.0.7"), action: "silence.set", object: "s1",
            before: nil, after: "<b>"))

    private func ask(_ path: String, _ records: AskedRecords) async throws -> (status: Int, text: String) {
        await get(try testAPI(records: records), "/api/v1/" + path)
    }

    @Test("the history as JSON")
    func history() async throws {
        let records = AskedRecords([Self.attempt, Self.transition], next: RecordCursor(time: 5, number: 3))
        let answer = try await ask("alerts/history", records)
        #expect(answer.status == 200)
        #expect(
            answer.text
                == #"{"status":"success","data":{"records":[{"number":1,"kind":"attempt","time":"2026-11-24T00:00:01.000Z","receiver":"=team, \"x\"","#
                + #""integration":"email[0]","outcome":"failed","detail":"line 1\r\nline 2","attempt":2,"delivery":9,"groupKey":"{}","firing":true,"#
                + #""milliseconds":30,"alerts":[{"alertname":"A","severity":"critical"}]},{"number":2,"kind":"transition","#
                + #""time":"2026-11-24T00:00:00.500Z","from":"pending","to":"firing","labels":{"alertname":"A","severity":"critical"},"#
                + #""annotations":{"summary":"a, \"b\"\nc"},"activeAt":"2026-11-23T23:59:00.000Z","value":"+Inf","group":"g","file":"r.yml"}],"#
                + #""next":"5-3"}}"#)
        #expect(records.last?.kinds == [.transition, .attempt] && records.last?.limit == 1000 && records.last?.after == nil)
    }

    @Test("the audit trail as JSON")
    func auditTrail() async throws {
        let records = AskedRecords([Self.audit])
        let answer = try await ask("audit?action=silence.&limit=7", records)
        #expect(
            answer.text
                == #"{"status":"success","data":{"records":[{"number":1,"kind":"audit","time":"2026-11-24T00:00:00.000Z","action":"silence.set","#
                + #""object":"s1","authenticated":"anna","address":"10.0.0.7","after":"\u003cb\u003e"}]}}"#)
        #expect(records.last?.kinds == [.audit, .event] && records.last?.actions == ["silence."] && records.last?.limit == 7)
    }

    @Test("a table of values: fields with commas, quotes and line breaks are in quotes, lines end with CR LF, nothing else is changed")
    func table() async throws {
        let records = AskedRecords([Self.attempt, Self.transition, Self.audit], next: RecordCursor(time: 5, number: 3))
        let api = try testAPI(records: records)
        let answer = await api.respond(to: APIRequest(method: "GET", target: "/api/v1/alerts/history?format=csv"))
        #expect(answer.header("content-type") == "text/csv; charset=utf-8; header=present" && answer.header("x-martlet-next") == "5-3")
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(
            text
                == "number,time,kind,action,from,alertname,severity,labels,active_at,value,group,file,receiver,integration,attempt,detail,object,"
                + "authenticated,claimed,address,before,after,failure,ends_at,comment\r\n"
                + "1,2026-11-24T00:00:01.000Z,attempt,failed,,,,\"{alertname=\"\"A\"\", severity=\"\"critical\"\"}\",,,{},,\"=team, \"\"x\"\"\","
                + "email[0],2,\"line 1\r\nline 2\",,,,,,,,,\r\n"
                + "2,2026-11-24T00:00:00.500Z,transition,firing,pending,A,critical,\"{alertname=\"\"A\"\", severity=\"\"critical\"\"}\","
                + "2026-11-23T23:59:00.000Z,+Inf,g,r.yml,,,,,,,,,,,,,\r\n"
                + "3,2026-11-24T00:00:00.000Z,audit,silence.set,,,,,,,,,,,,,s1,anna,,10.0.0.7,,<b>,,,\r\n")
    }

    @Test("what is asked for reaches the records")
    func parameters() async throws {
        let records = AskedRecords()
        _ = try await ask(
            "alerts/history?start=10&end=20.5&kind=attempt&action=failed&action=refused&receiver=a&receiver=b&severity=critical&severity=info"
                + "&match[]=%7Ba%3D%22b%22%7D&match[]=up&cursor=9-4&limit=10000", records)
        let query = try #require(records.last)
        #expect(query.from == 10_000 && query.through == 20_500 && query.kinds == [.attempt] && query.actions == ["failed", "refused"])
        #expect(query.receivers == ["a", "b"] && query.limit == 10_000 && query.after == RecordCursor(time: 9, number: 4))
        #expect(
            query.selectors.map { $0.map(\.description).sorted().joined(separator: " ") }.sorted() == [
                #"__name__="up" severity="critical""#, #"__name__="up" severity="info""#, #"a="b" severity="critical""#, #"a="b" severity="info""#,
            ])
        _ = try await ask("alerts/history?severity=warning", records)
        #expect(records.last?.selectors == [[Matcher(name: "severity", equals: "warning")]])
    }

    @Test(
        "what makes no sense is refused with the parameter's name",
        arguments: [
            ("alerts/history?start=x", "start"), ("alerts/history?kind=audit", "kind"), ("alerts/history?severity=bad", "severity"),
            ("alerts/history?match[]=%7B", "match[]"), ("alerts/history?limit=-1", "limit"), ("alerts/history?limit=10001", "limit"),
            ("alerts/history?cursor=x", "cursor"), ("alerts/history?format=xml", "format"), ("audit?match[]=up", "match[]"),
            ("audit?severity=info", "severity"), ("audit?receiver=r", "receiver"), ("audit?kind=transition", "kind"),
        ])
    func refused(path: String, parameter: String) async throws {
        let answer = try await ask(path, AskedRecords())
        #expect(answer.status == 400 && answer.text.contains("invalid parameter \\\"\(parameter)\\\""), "\(answer.text)")
    }

    @Test("without a catalog, and where it fails, that is what the answer says")
    func failures() async throws {
        let none = await get(try testAPI(), "/api/v1/audit")
        #expect(none.status == 500 && none.text.contains("nothing is kept on record"))
        let failing = try await ask("audit", AskedRecords(failure: .refused(path: "c", reason: "database is locked")))
        #expect(failing.status == 500 && failing.text.contains("c: database is locked"))
    }

    @Test("the history is there while the log is still being read")
    func early() async throws {
        let api = try testAPI(records: AskedRecords()) { $1.isReady = false }
        #expect(await get(api, "/api/v1/alerts/history").status == 200)
    }
}
