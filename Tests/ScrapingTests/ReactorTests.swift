import Glibc
import LeanHTTPFuzz
import Model
import Runtime
import Synchronization
import TSDB
import TestKit
import Testing

@testable import Scraping

@Suite("Scrapes on threads of their own", .timeLimit(.minutes(2)))
struct ReactorTests {
    @Test("tasks that prefer a reactor are on its thread, before and behind every wait")
    func place() async throws {
        let reactor = ScrapeReactor(name: "test-io")
        #expect(!reactor.isCurrent)
        try await withTaskExecutorPreference(reactor) {
            #expect(reactor.isCurrent)
            try await reactor.sleep(nanoseconds: 1000)
            #expect(reactor.isCurrent)
            await Task.yield()
            #expect(reactor.isCurrent)
            _ = try await WorkerPool(name: "test", threads: 1, queueLimit: 1).run { #expect(!reactor.isCurrent) }
            #expect(reactor.isCurrent)
        }
    }

    @Test("sleepers do not wake before their time")
    func times() async throws {
        let reactor = ScrapeReactor(name: "test-io")
        let waits = [7, 1, 9, 3, 5, 2, 8, 0]
        try await withThrowingTaskGroup(of: Void.self) { group in
            let start = SystemClock().monotonic()
            for wait in waits {
                group.addTask(executorPreference: reactor) {
                    let nanoseconds = Int64(wait) * 5_000_000
                    try await reactor.sleep(nanoseconds: nanoseconds)
                    #expect(SystemClock().monotonic() - start >= nanoseconds)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("a sleeper that is cancelled wakes at once, also if it was before it slept", arguments: [false, true])
    func cancelled(_ isOnReactor: Bool) async throws {
        let reactor = ScrapeReactor(name: "test-io")
        for _ in 0..<200 {
            let task = Task(executorPreference: isOnReactor ? reactor : nil) { try await reactor.sleep(nanoseconds: .max) }
            if Bool.random() { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("alarms ring by their times; those that are off do not pile up")
    func alarms() {
        final class Bell: Alarm {
            let time: Int64
            var isOff = false
            init(_ time: Int64) { self.time = time }
            func ring(at time: Int64) {}
        }
        var random = SeededRandom(5)
        var heap = AlarmHeap()
        for _ in 0..<100_000 {
            let bell = Bell(Int64(random.below(1_000_000)))
            bell.isOff = random.below(1000) > 0
            heap.add(bell, at: bell.time)
        }
        #expect(heap.count < 1000)
        var last = Int64.min
        var seen = 0
        while let next = heap.next {
            let bell = heap.takeDue(next) as? Bell
            #expect(bell?.time == next && next >= last)
            if bell?.isOff == false { seen += 1 }
            last = next
        }
        #expect(seen > 50 && heap.takeDue(.max) == nil)
    }

    /// One step on another thread costs more than the whole scrape of a small page, and nobody would notice.
    @Test("from the second scrape on a small page is fetched and stored without any other thread")
    func alone() async throws {
        let server = try ScriptedServer { connection in
            while connection.request() != nil { connection.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\na 1\nb 2\n") }
        }
        let head = Head(options: HeadOptions(), clock: SystemClock())
        let counters = ScrapeCounters()
        let reactors = ScrapeReactors(threads: 1)
        let manager = ScrapeManager(
            ScrapeEnvironment(
                intake: HeadIntake(head),
                transport: RoutedTransport(LeanPages.http, reactors: reactors, workers: LeanPages.workers, lookup: LeanPages.lookup),
                clock: SystemClock(),
                reactors: reactors, workers: LeanPages.workers, counters: counters, quickIngest: .max))
        manager.apply([
            .simulated(["127.0.0.1:\(server.port)"]) {
                ($0.interval, $0.timeout) = (10, 10)
                $0.fallbackProtocol = .prometheusText004
            }
        ])
        await until { counters.scrapes.value >= 3 }
        let reactor = reactors.next()
        let mail = reactor.mailReceived
        let scrapes = counters.scrapes.value
        await until { counters.scrapes.value >= scrapes + 30 }
        #expect(reactor.mailReceived == mail)
        #expect(try head.lines(hiding: ["job", "instance"]) { !$0.isReport }.count == 2)
        await manager.shutDown()
        server.close()
    }

    @Test("as many sockets may be open as the system allows this process")
    func files() {
        let allowed = OpenFiles.raiseLimit()
        #expect(allowed != nil && OpenFiles.raiseLimit() == allowed)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
        #expect(limit.rlim_cur == limit.rlim_max && UInt64(limit.rlim_cur) == allowed)
    }

    @Test("a page that was slow to store, or is much larger than the last, is stored by a worker")
    func costs() {
        var cost = IngestCost()
        #expect(!cost.isQuick(100, within: 1000))
        cost.note(100, bytes: 100)
        #expect(cost.isQuick(100, within: 1000) && cost.isQuick(60_000, within: 1000) && !cost.isQuick(100_000, within: 1000))
        // One slow page may have met with a pause of its thread.
        cost.note(3000, bytes: 100)
        #expect(cost.isQuick(100, within: 1000))
        cost.note(3000, bytes: 100)
        #expect(!cost.isQuick(100, within: 1000))
        for _ in 0..<10 { cost.note(100, bytes: 100) }
        #expect(cost.isQuick(100, within: 1000))
    }

    @Test("made and damaged responses of targets")
    func fuzz() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var fuzz = LeanHTTPFuzz(seed: seed)
        for _ in 0..<mutationRounds(usual: 1500) {
            let (bytes, body) = fuzz.next()
            do { try fuzz.check(bytes, body) } catch { Issue.record("seed \(seed): \(error): \(String(decoding: bytes, as: UTF8.self))") }
        }
        #expect(fuzz.read > 150 && fuzz.refused > 100 && fuzz.faults.count >= 12, "seed \(seed): \(fuzz.read) \(fuzz.refused) \(fuzz.faults)")
    }
}
