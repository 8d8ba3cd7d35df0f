import Model
import PromQL
import Runtime
import Synchronization
import TSDB
import Testing

@testable import HTTPAPI

/// Notes what it is told to do.
final class FakeStorage: StorageAdministration {
    private let done = Mutex<[String]>([])
    var calls: [String] { done.withLock { $0 } }

    func delete(_ selectors: [[Matcher]], _ range: TimeRange) throws(StorageError) -> Int {
        done.withLock { $0.append("delete \(selectors.count) \(range.from) \(range.through)") }
        return 3
    }

    func cleanTombstones() throws(StorageError) { done.withLock { $0.append("clean") } }

    func snapshot(withHead: Bool) throws(StorageError) -> String {
        done.withLock { $0.append("snapshot \(withHead)") }
        return "20260101T000000Z-0"
    }

    var blocks: [BlockMeta] {
        guard let ulid = ULID("01M85WQ1PW4X8RDE39S05AYX7G") else { return [] }
        var meta = BlockMeta(ulid: ulid, minTime: 1, maxTime: 9)
        meta.stats.samples = 4
        meta.stats.series = 2
        meta.stats.chunks = 2
        meta.compaction.sources = [ulid]
        return [meta]
    }

    var status: DatabaseStatus {
        var status = DatabaseStatus()
        status.replay.first = 2
        status.replay.last = 5
        status.replay.current = 4
        status.replay.state = .inProgress
        status.readOnly = "full"
        status.quarantined = [.init(path: "quarantine/x", cause: "torn")]
        status.sizes.wal = 3 << 20
        status.sizes.tiers = 1 << 33
        status.tiers[0].samples = 7
        status.tiers[0].retention = 7 * 86_400_000
        status.tiers[1].blocks = 2
        status.tiers[1].bytes = 1 << 33
        status.tiers[1].oldest = 300_001
        status.tiers[1].newest = 86_400_000
        status.tiers[1].floor = 0
        status.tiers[1].foldedThrough = 86_400_000
        status.tiers[1].backlog = 5_400_000
        status.tiers[1].backlogBlocks = 3
        status.tiers[1].counts.folds = 9
        status.tiers[1].counts.purgedBySize = 1
        status.folding = FoldingProgress(tier: .fiveMinutes, from: 0, through: 86_400_000, left: 172_800_000)
        return status
    }

    var tierPolicy: TierPolicy {
        var policy = TierPolicy()
        let debug = [Matcher(name: "job", equals: "debug"), Matcher(name: "a", equals: "\"<b>\"")]
        policy.rules = [RetentionRule(matchers: debug, raw: 86_400_000, hour: 5 * 365 * 86_400_000)]
        return policy
    }

    var forecast: StorageForecast {
        StorageForecast(plan: StoragePlan([.init(nil, bytesPerDay: Double(1 << 30), keeps: nil)], fixedBytes: 0), room: 5 << 29)
    }
}

/// `admin/tsdb/…` and the pages about storage.
struct AdministrationTests {
    private let storage = FakeStorage()

    private func api(enabled: Bool = true, ready: Bool = true) throws -> API {
        var options = HTTPServerOptions()
        options.enableAdminAPI = enabled
        var state = TestState()
        state.isReady = ready
        return try API(
            options: options, engine: Engine(), source: MemorySource([]), state: state, registry: MetricsRegistry(), clock: FixedClock(),
            storage: storage)
    }

    private func post(_ path: String, _ api: API, headers: RequestHeaders = [:]) async -> (status: Int, text: String) {
        let answer = await api.respond(to: APIRequest(method: "POST", target: "/api/v1/admin/tsdb/" + path, headers: headers))
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    @Test(
        "each call does what it says",
        arguments: [
            ("delete_series?match[]=up&match[]=down&start=1&end=2.5", 204, "delete 2 1000 2500"),
            ("delete_series?match[]={}&start=1&end=3", 204, "delete 1 1000 3000"),
            ("clean_tombstones", 204, "clean"),
            ("snapshot", 200, "snapshot true"),
            ("snapshot?skip_head=true", 200, "snapshot false"),
            ("snapshot?skip_head=0", 200, "snapshot true"),
        ])
    func does(path: String, status: Int, call: String) async throws {
        let answer = await post(path, try api())
        #expect(answer.status == status)
        #expect(storage.calls == [call])
        #expect(answer.text == (status == 204 ? "" : #"{"status":"success","data":{"name":"20260101T000000Z-0"}}"#))
    }

    @Test(
        "what makes no sense changes nothing",
        arguments: [
            ("delete_series", "no match[] parameter provided"),
            (
                "delete_series?match[]=up&start=x",
                #"invalid parameter \"start\": invalid time value for 'start': cannot parse \"x\" to a valid timestamp"#
            ),
            (
                "snapshot?skip_head=zz",
                #"invalid parameter \"skip_head\": unable to parse boolean: strconv.ParseBool: parsing \"zz\": invalid syntax"#
            ),
        ])
    func refuses(path: String, message: String) async throws {
        let answer = await post(path, try api())
        #expect(answer.status == 400)
        #expect(answer.text == #"{"status":"error","errorType":"bad_data","error":"\#(message)"}"#)
        #expect(storage.calls.isEmpty)
    }

    @Test(
        "without the flag, by GET, or for another site's page nothing is changed",
        arguments: ["delete_series?match[]=up", "clean_tombstones", "snapshot"])
    func guarded(path: String) async throws {
        let disabled = await post(path, try api(enabled: false))
        #expect(disabled.status == 500)
        #expect(disabled.text == #"{"status":"error","errorType":"unavailable","error":"admin APIs disabled"}"#)
        #expect(await get(try api(), "/api/v1/admin/tsdb/" + path).status == 405)
        #expect(await post(path, try api(), headers: ["origin": "http://elsewhere.example", "host": "localhost:9090"]).status == 403)
        #expect(storage.calls.isEmpty)
    }

    @Test func statusPages() async throws {
        let replay = await get(try api(ready: false), "/api/v1/status/walreplay")
        #expect(replay.text == #"{"status":"success","data":{"min":2,"max":5,"current":4,"state":"in progress"}}"#)
        let blocks = await get(try api(), "/api/v1/status/tsdb/blocks")
        #expect(
            blocks.text
                == #"{"status":"success","data":{"blocks":[{"ulid":"01M85WQ1PW4X8RDE39S05AYX7G","minTime":1,"maxTime":9,"stats":{"numSamples":4,"numSeries":2,"numChunks":2},"compaction":{"level":1,"sources":["01M85WQ1PW4X8RDE39S05AYX7G"]},"version":1}]}}"#
        )
        let status = await get(try api(), "/api/v1/status/tsdb")
        #expect(status.text.hasSuffix(#""readOnly":"full","quarantined":[{"path":"quarantine/x","cause":"torn"}]}}"#))
    }

    @Test func tiersAreShown() async throws {
        let answer = await get(try api(), "/api/v1/status/tsdb/tiers")
        let none = #""oldest":null,"newest":null"#
        let nothing =
            #""counts":{"folds":0,"refolds":0,"lateMerges":0,"compactions":0,"failures":0,"purgedByTime":0,"purgedBySize":0,"trimmedByRule":0}"#
        let raw =
            #"{"tier":"raw","resolution":"0s","blocks":0,"samples":7,"bytes":0,\#(none),"retention":"1w","floor":null,"foldedThrough":null,"#
            + #""backlog":"0s","backlogBlocks":0,\#(nothing)}"#
        let fiveMinutes =
            #"{"tier":"5m","resolution":"5m","blocks":2,"samples":0,"bytes":8589934592,"oldest":300001,"newest":86400000,"retention":null,"#
            + #""floor":0,"foldedThrough":86400000,"backlog":"1h30m","backlogBlocks":3,"#
            + #""counts":{"folds":9,"refolds":0,"lateMerges":0,"compactions":0,"failures":0,"purgedByTime":0,"purgedBySize":1,"trimmedByRule":0}}"#
        let hour =
            #"{"tier":"1h","resolution":"1h","blocks":0,"samples":0,"bytes":0,\#(none),"retention":null,"floor":null,"foldedThrough":null,"#
            + #""backlog":"0s","backlogBlocks":0,\#(nothing)}"#
        let rule = #"{"match":"{job=\"debug\", a=\"\\\"\u003cb\u003e\\\"\"}","raw":"1d","5m":null,"1h":"5y"}"#
        let folding = #"{"tier":"5m","from":0,"through":86400000,"left":"2d"}"#
        #expect(
            answer.text
                == #"{"status":"success","data":{"tiers":[\#(raw),\#(fiveMinutes),\#(hour)],"rules":[\#(rule)],"folding":\#(folding)}}"#)
    }

    @Test func thePageTellsOfTiersAndOfGrowth() async throws {
        let page = await get(try api(), "/status").text
        #expect(
            page.contains(
                "<tr><td>5m</td><td class=v>2</td><td class=v>0</td><td class=v>8 GiB</td><td class=v>1970-01-01T00:05:00.001Z</td>"
                    + "<td class=v>1970-01-02T00:00:00Z</td><td class=v>for good</td><td class=v>1h30m</td></tr>"))
        for told in ["8 GiB", "<td>3 MiB</td>", "1 GiB a day; full in 2.5 days", "tier 5m, through 1970-01-02T00:00:00Z; 2d to go"] {
            #expect(page.contains(told), "\(told)")
        }
    }
}
