import Testing

@testable import Demo

/// Wednesday, 4 March 2026, 03:00 UTC, when the load is lowest.
private let night = 1_772_593_200.0

@Suite("The incidents of the demo")
struct IncidentTests {
    @Test("the first begins within two minutes, they never overlap, and every round plays each drill once", arguments: [1, 2, 77] as [UInt64])
    func rounds(_ seed: UInt64) throws {
        let incidents = Playbook.rounds(from: night, seed: seed).incidents(from: night, through: night + 1200 * 32 - 1)
        #expect(incidents.count == 32)
        let first = try #require(incidents.first)
        #expect(first.drill == .errorRate8 && (60..<120).contains(first.start - night))
        #expect(zip(incidents, incidents.dropFirst()).allSatisfy { $0.end < $1.start })
        #expect(incidents.allSatisfy { (480...660).contains($0.end - $0.start) })
        #expect(Set(incidents.prefix(16).map(\.drill)).count == 16)
        #expect(Set(incidents.suffix(16).map(\.drill)).count == 16)
    }

    @Test("a shorter look finds the same incidents, and the log names each when it begins and ends")
    func news() {
        let playbook = Playbook.rounds(from: night, seed: 5)
        let whole = playbook.incidents(from: night, through: night + 40_000)
        for incident in whole {
            #expect(playbook.incident(at: incident.start) == incident)
            #expect(playbook.incident(at: incident.end) == nil)
            #expect(playbook.incidents(from: incident.start, through: incident.end) == [incident])
        }
        let lines = stride(from: night, to: night + 40_000, by: 7).flatMap { playbook.news(after: $0, until: $0 + 7) }
        let last = whole.last.map { $0.end <= night + 40_000 } == false
        #expect(lines.count == 2 * whole.count - (last ? 1 : 0))
        #expect(lines.first?.hasPrefix("incident error-rate-8 begins") == true)
        #expect(lines.dropFirst().first == "incident error-rate-8 ends")
    }

    @Test("a drill begins at once, a quiet demo plays nothing")
    func atOnce() {
        let playbook = DemoProgram.drill(.redisDown, seconds: 60).playbook(from: night, seed: 1)
        #expect(playbook.news(after: night.nextDown, until: night) == ["incident redis-down begins, for 60 s: Redis is gone"])
        #expect(playbook.incident(at: night + 59)?.drill == .redisDown && playbook.incident(at: night + 60) == nil)
        #expect(DemoProgram.quiet.playbook(from: night, seed: 1).incidents(from: 0, through: 1e10).isEmpty)
    }

    @Test(
        "during every drill, and after it, pages read well and no counter falls but where a deployment restarts its process",
        arguments: Drill.allCases)
    func rising(_ drill: Drill) throws {
        for page in DemoPage.all {
            var before: StrictPage?
            for time in [30.0, 50, 120, 170, 230] {
                let read = try StrictPage(page.text(seed: 3, at: night + time, playbook: .only(drill, from: night + 40, seconds: 120)))
                if let before, before.start == read.start {
                    for series in before.rising.intersection(read.rising) {
                        #expect(read.values[series, default: 0] >= before.values[series, default: 0], "\(series) fell at \(time)")
                    }
                }
                before = read
            }
        }
    }

    @Test("the share of failed requests is what the drill's name says", arguments: [(Drill?.none, 0.004), (.errorRate2, 0.02), (.errorRate8, 0.08)])
    func errors(_ drill: Drill?, _ expected: Double) throws {
        let play = try Play(drill, "api-gateway", seconds: 600)
        let share = play.growth("http_requests_total", where: "status=\"5") / play.growth("http_requests_total")
        #expect(abs(share - expected) < 0.003, "\(share)")
    }

    @Test("what a drill is about shows on its page")
    func shown() throws {
        #expect(try Play(.redisDown, "redis").after.values["redis_up{}"] == 0)
        #expect(try Play(.postgresRefusing, "postgres").after.values["pg_up{}"] == 0)
        #expect(try Play(.queueBacklog, "task-queue").after.total("task_queue_length", where: "asr") > 1000)
        #expect(try Play(.workerLost, "task-queue").after.total("task_workers", where: "asr") == 16)
        #expect(try Play(.seaweedFSVolumeLost, "seaweedfs").after.total("SeaweedFS_master_replica_placement_mismatch") > 10)
        let storm = try Play(.retryStorm, "task-queue")
        #expect(storm.growth("task_retries_total") > 2 * storm.growth("task_duration_seconds_count"))
        let models = try Play(.llmFailing, "llm-service")
        #expect(models.growth("llm_requests_total", where: "error") > 0.3 * models.growth("llm_requests_total"))
        let disk = try Play(.diskFilling, "node").after
        #expect(disk.total("node_filesystem_avail_bytes", where: "/data") < 0.05 * disk.total("node_filesystem_size_bytes", where: "/data"))
        let memory = try Play(.memoryShort, "node").after
        #expect(memory.total("node_memory_MemAvailable_bytes") < 0.05 * memory.total("node_memory_MemTotal_bytes"))
        let processors = try Play(.cpuBusy, "node")
        #expect(processors.growth("node_cpu_seconds_total", where: "idle") < 0.05 * processors.growth("node_cpu_seconds_total"))
        let slow = try Play(.slowStages, "task-queue")
        #expect(slow.growth("task_duration_seconds_sum") > 5 * (try Play(nil, "task-queue")).growth("task_duration_seconds_sum"))
        let bot = try #require(DemoPage.all.first { $0.name == "telegram-bot" })
        #expect(!bot.answers(at: night, playbook: .only(.targetDown, from: night, seconds: 1)))
        #expect(bot.answers(at: night, playbook: .only(.redisDown, from: night, seconds: 1)))
    }

    @Test("a backlog is worked off after its drill")
    func worked() throws {
        let lengths = try [300.0, 350, 420].map {
            try Play(.queueBacklog, "task-queue", seconds: $0, ends: 300).after.total("task_queue_length", where: "asr")
        }
        #expect(lengths[0] > 1400 && lengths[1] > 700 && lengths[1] < lengths[0] && lengths[2] < 100)
    }

    @Test("a deployment changes the version service by service, and restarts what it changes")
    func deployed() throws {
        for (name, delay) in [("api-gateway", 20.0), ("task-queue", 40), ("llm-service", 60), ("telegram-bot", 80)] {
            let page = try #require(DemoPage.all.first { $0.name == name })
            let read = { try StrictPage(page.text(seed: 1, at: night + $0, playbook: .only(.deployment, from: night, seconds: 600))) }
            let (old, new) = (try read(delay - 1), try read(delay + 1))
            #expect(old.total("build_info", where: "version=\"1.20.0\"") == 1 && new.total("build_info", where: "version=\"1.21.0\"") == 1)
            #expect(new.start == night + delay && old.start < night)
        }
    }
}

/// A page before a drill that began at `night`, and some time into it.
private struct Play {
    let before: StrictPage
    let after: StrictPage

    init(_ drill: Drill?, _ name: String, seconds: Double = 400, ends: Double = 900) throws {
        let page = try #require(DemoPage.all.first { $0.name == name })
        let playbook = drill.map { Playbook.only($0, from: night, seconds: ends) } ?? .quiet
        before = try StrictPage(page.text(seed: 1, at: night, playbook: playbook))
        after = try StrictPage(page.text(seed: 1, at: night + seconds, playbook: playbook))
        try #require(before.start == after.start)
    }

    func growth(_ metric: String, where part: String = "") -> Double { after.total(metric, where: part) - before.total(metric, where: part) }
}
