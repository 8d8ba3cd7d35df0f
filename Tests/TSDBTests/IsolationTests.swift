import Model
import Runtime
import Synchronization
import TSDB
import Testing

@Suite struct IsolationTests {
    /// Every batch gives all series one more sample with the same value: whoever sees two different last values has seen half a batch.
    @Test func queriesSeeBatchesWholeWhileTheyAreAppended() throws {
        let head = freeHead()
        let series = (0..<60).map { labels(["__name__": "m", "i": "\($0)"]) }
        let finished = Atomic(false)
        let torn = Atomic(0)
        let selects = Atomic(0)
        let stopped = Semaphore()
        for _ in 0..<2 {
            startThread {
                while !finished.load(ordering: .acquiring) {
                    if !Self.isWhole(head) { torn.add(1, ordering: .relaxed) }
                    selects.add(1, ordering: .relaxed)
                }
                stopped.signal()
            }
        }
        var round = 0
        // Long enough for chunks to grow and close under the readers, and for the readers to have looked.
        while round < 500 || (selects.load(ordering: .relaxed) < 20 && round < 20_000) {
            var batch = AppendBatch()
            for one in series { batch.add(one, Timestamp(round * 1000), Double(round)) }
            #expect(try head.append(&batch).appended == 60)
            round += 1
        }
        finished.store(true, ordering: .releasing)
        for _ in 0..<2 { stopped.wait() }
        #expect(torn.load(ordering: .relaxed) == 0)
        #expect(try head.answers().allSatisfy { $0.times.count == round })
    }

    private static func isWhole(_ head: Head) -> Bool {
        guard let answers = try? head.answers() else { return false }
        guard let first = answers.first else { return true }
        let ascending = first.times.indices.allSatisfy { first.times[$0] == Timestamp($0 * 1000) }
        return answers.count == 60 && ascending && answers.allSatisfy { $0.times == first.times && $0.values == first.values }
    }

    /// Half of the series have a sample in every third batch only, so that their chunks end at other times: whoever does not see all series
    /// begin together has seen a drop half done.
    @Test func queriesSeeBatchesWholeWhileTheOldestAreDropped() throws {
        var options = HeadOptions()
        options.maxSamples = 8000
        let head = freeHead(options)
        let finished = Atomic(false)
        let uneven = Atomic(0)
        let stopped = Semaphore()
        startThread {
            while !finished.load(ordering: .acquiring) {
                if !Self.beginTogether((try? head.answers()) ?? []) { uneven.add(1, ordering: .relaxed) }
            }
            stopped.signal()
        }
        for round in 0..<2000 {
            var batch = AppendBatch()
            for i in 0..<20 where i < 10 || round % 3 == 0 { batch.add(labels(["i": "\(i)"]), Timestamp(round), Double(round)) }
            #expect(try head.append(&batch).refused == 0)
        }
        finished.store(true, ordering: .releasing)
        stopped.wait()
        #expect(uneven.load(ordering: .relaxed) == 0)
        let answers = try head.answers()
        #expect(head.stats.samplesDropped > 15_000)
        #expect(answers.count == 20)
        #expect(Self.beginTogether(answers))
        #expect(try #require(answers[0].times.first) >= head.stats.minTime ?? .max)
    }

    private static func beginTogether(_ answers: [Answer]) -> Bool {
        guard let all = answers.first?.times else { return true }
        let thirds = all.filter { $0 % 3 == 0 }
        return answers.allSatisfy { $0.times == all || $0.times == thirds }
    }

    @Test func droppingAndCreatingUnderReadersHarmsNobody() throws {
        var options = HeadOptions()
        options.maxSamples = 2000
        let head = freeHead(options)
        let finished = Atomic(false)
        let wrong = Atomic(0)
        let stopped = Semaphore()
        startThread {
            while !finished.load(ordering: .acquiring) {
                let answers = (try? head.answers()) ?? []
                for answer in answers
                where answer.labels["i"] == nil || zip(answer.times, answer.values).contains(where: { Double($0).bitPattern != $1 }) {
                    wrong.add(1, ordering: .relaxed)
                }
            }
            stopped.signal()
        }
        for round in 0..<400 {
            var batch = AppendBatch()
            for i in 0..<20 {
                let time = Timestamp(round * 100 + i)
                batch.add(labels(["__name__": "m", "i": "\(round / 20 * 20 + i)"]), time, Double(time))
            }
            _ = try head.append(&batch)
        }
        finished.store(true, ordering: .releasing)
        stopped.wait()
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(head.stats.seriesRemoved > 0)
    }
}
