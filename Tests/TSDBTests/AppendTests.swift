import Model
import TSDB
import Testing

@Suite struct AppendTests {
    let up = labels(["__name__": "up", "job": "node"])

    @Test func samplesComeBackInOrderOfTime() throws {
        let head = freeHead()
        let outcome = try head.add(up, (1000, 1), (2000, 0), (3000, StaleMarker.value))
        #expect(outcome.appended == 3)
        #expect(outcome.seriesCreated == 1)
        let expected = Answer(labels: up, times: [1000, 2000, 3000], values: [1, 0, StaleMarker.value].map(\.bitPattern))
        #expect(try head.answers() == [expected])
        #expect(try head.answers([], 1500, 2000).map(\.times) == [[2000]])
        #expect(try head.answers([], 3001, 9000).isEmpty)
    }

    @Test func oldAndContradictingSamplesAreRefusedAndCounted() throws {
        let head = freeHead()
        try head.add(up, (1000, 1), (2000, 2))
        let outcome = try head.add(up, (1500, 9), (2000, 2), (2000, 3), (3000, 4))
        #expect(outcome.outOfOrder == 1)
        #expect(outcome.identical == 1)
        #expect(outcome.duplicate == 1)
        #expect(outcome.appended == 1)
        #expect(try head.answers().map(\.times) == [[1000, 2000, 3000]])
        #expect(head.stats.samplesOutOfOrder == 1)
    }

    @Test func theSameHoldsWithinOneBatch() throws {
        let head = freeHead()
        let outcome = try head.add(up, (2000, 1), (1000, 1), (2000, 1), (2000, 5), (3000, 1))
        #expect((outcome.appended, outcome.outOfOrder, outcome.identical, outcome.duplicate) == (2, 1, 1, 1))
        #expect(outcome.seriesCreated == 1)
    }

    @Test func samplesFromTheFutureAreRefused() throws {
        let head = Head(options: HeadOptions(), clock: FixedClock(time: 1_000_000))
        let limit: Timestamp = 1_000_000 + 600_000
        let outcome = try head.add(up, (limit, 1), (limit + 1, 1))
        #expect((outcome.appended, outcome.outOfBounds) == (1, 1))
        var batch = AppendBatch()
        let index = batch.add(labels(["__name__": "tomorrow"]), limit + 1, 1)
        #expect(try head.append(&batch).outOfBounds == 1)
        #expect(batch.reference(ofNew: index) == nil)
        #expect(head.stats.series == 1)
    }

    @Test func aReferenceStandsForItsLabels() throws {
        let head = freeHead()
        var batch = AppendBatch()
        let first = batch.add(up, 1, 1)
        let again = batch.add(up, 2, 2)
        let other = batch.add(labels(["__name__": "other"]), 1, 7)
        _ = try head.append(&batch)
        let ref = try #require(batch.reference(ofNew: first))
        #expect(batch.reference(ofNew: again) == ref)
        #expect(batch.reference(ofNew: other) != ref)
        batch.removeAll()
        batch.add(ref, 3, 3)
        #expect(try head.append(&batch).appended == 1)
        #expect(try head.answers([Matcher(name: "job", equals: "node")]).map(\.times) == [[1, 2, 3]])
    }

    @Test func anUnknownReferenceStopsTheWholeBatch() throws {
        let strange = freeHead()
        var batch = AppendBatch()
        for i in 0..<3 { batch.add(labels(["n": "\(i)"]), 1, 1) }
        _ = try strange.append(&batch)
        let ref = try #require(batch.reference(ofNew: 2))
        let head = freeHead()
        batch.removeAll()
        batch.add(up, 1, 1)
        batch.add(ref, 1, 1)
        let outcome = try head.append(&batch)
        #expect(outcome.unknown == [1])
        #expect(outcome.appended == 0)
        #expect(head.stats.series == 0)
    }

    @Test func tooManyLabelsAreAnError() throws {
        var bytes: [UInt8] = []
        for i in 100_000..<170_000 {
            Labels.append("l\(i)".utf8, to: &bytes)
            Labels.append("x".utf8, to: &bytes)
        }
        let head = freeHead()
        #expect(throws: StorageError.self) { try head.add(Labels(sortedEncoding: bytes), (1, 1)) }
        #expect(head.stats.series == 0)
    }

    @Test func extremeTimesAndValuesSurvive() throws {
        let head = freeHead()
        let times: [Timestamp] = [.min, .min + 1, -7_200_000, -1, 0, 1, 7_199_999, 7_200_000, .max - 1, .max]
        for time in times { try head.add(up, (time, Double(time))) }
        #expect(try head.answers().map(\.times) == [times])
        #expect(try head.answers().first?.values == times.map { Double($0).bitPattern })
    }

    @Test func chunksHoldAbout120SamplesAndEndWithTheirRange() throws {
        let head = freeHead()
        // Two hours at 15 s are 480 samples: four chunks of 120.
        for i in 0..<480 { try head.add(up, (Timestamp(i) * 15_000, Double(i))) }
        #expect(head.stats.chunks == 4)
        try head.add(up, (7_200_000, 0))
        #expect(head.stats.chunks == 5)
        #expect(try head.answers().first?.times.count == 481)
        #expect(try head.answers([], 1_800_000, 1_815_000).map(\.times) == [[1_800_000, 1_815_000]])
    }

    @Test func chunksOfRandomBitsEndAt1024Bytes() throws {
        let head = freeHead()
        var random = SystemRandomNumberGenerator()
        let values = (0..<1000).map { _ in Double(bitPattern: random.next()) }
        for (i, value) in values.enumerated() { try head.add(up, (Timestamp(i), value)) }
        #expect(head.stats.chunks >= 8)
        #expect(try head.answers().first?.values == values.map(\.bitPattern))
    }
}
