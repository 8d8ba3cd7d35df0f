import Model
import TSDB
import TestKit
import Testing

/// Up to what size the head takes new series.
@Suite struct BudgetTests {
    private func named(_ number: Int) -> Labels { labels(["__name__": "m", "id": "\(number)"]) }

    private func head(_ budget: SeriesBudget) -> Head {
        var options = HeadOptions()
        options.budget = budget
        return freeHead(options)
    }

    @Test("past the limit new series are refused, and those that are there go on")
    func byCount() throws {
        let head = head(SeriesBudget(series: 3))
        for number in 0..<3 { #expect(try head.add(named(number), (1, 1)).appended == 1) }
        #expect(!head.isBudgetReached)
        var batch = AppendBatch()
        batch.namesRefusals = true
        for number in 0..<6 { batch.add(named(number), 2, 2) }
        let outcome = try head.append(&batch)
        #expect((outcome.appended, outcome.overBudget, outcome.refused) == (3, 3, 3))
        #expect(outcome.seriesRefused == [3, 4, 5] && outcome.seriesCreated == 0)
        #expect(outcome.firstRefusals.map(\.position) == [3, 4, 5] && outcome.firstRefusals.allSatisfy { $0.reason == .budget })
        #expect((0..<6).map { batch.reference(ofNew: $0) != nil } == [true, true, true, false, false, false])
        #expect(head.isBudgetReached && head.stats.series == 3 && head.stats.seriesRefused == 3)
        #expect(try head.answers().map(\.times) == [[1, 2], [1, 2], [1, 2]])
    }

    @Test("a batch that brings more than there is room for is taken up to the limit, floats and histograms, and nothing of the others is kept")
    func partly() throws {
        let head = head(SeriesBudget(series: 2))
        var batch = AppendBatch()
        batch.add(named(0), 1, 1)
        batch.add(named(1), 1, NativeHistogram.whole(Histogram()))
        let third = batch.addSeries(named(2))
        batch.add(toNew: third, 1, NativeHistogram.whole(Histogram()))
        batch.add(toNew: third, 2, NativeHistogram.whole(Histogram()))
        batch.add(Exemplar(labels: .empty, value: 1, time: 1), toNew: third)
        batch.add(Metadata(type: .gauge, help: "h", unit: ""), toNew: third)
        let outcome = try head.append(&batch)
        #expect((outcome.appended, outcome.overBudget, outcome.seriesRefused) == (2, 2, [third]))
        #expect(head.stats.series == 2 && head.exemplarStats.kept == 0)
    }

    @Test("what is added as exempt is taken all the same, and counts")
    func exempt() throws {
        let head = head(SeriesBudget(series: 1))
        var batch = AppendBatch()
        for number in 0..<3 { batch.add(named(number), 1, 1) }
        batch.exemptFurtherSeries()
        batch.add(labels(["__name__": "up"]), 1, 1)
        #expect(try head.append(&batch).seriesRefused == [1, 2])
        #expect(head.stats.series == 2)
        batch.removeAll()
        batch.add(named(7), 1, 1)
        #expect(try head.append(&batch).seriesRefused == [0])
    }

    @Test("memory is a limit too, also within one batch")
    func byBytes() throws {
        let empty = head(SeriesBudget()).stats.bytes
        let head = head(SeriesBudget(bytes: empty + (2 << 20)))
        var batch = AppendBatch()
        for number in 0..<50_000 { batch.add(named(number), 1, 1) }
        let first = try head.append(&batch)
        #expect(first.overBudget > 30_000 && first.appended > 1000)
        var taken = 0
        for number in 50_000..<60_000 { taken += try head.add(named(number), (1, 1)).appended }
        // The estimate within the batch was the careful one, or there would be nothing left to take.
        #expect(taken < 10_000 && head.stats.bytes < empty + (3 << 20))
        #expect(head.isBudgetReached)
        #expect(try head.add(named(0), (2, 1)).appended == 1)
    }

    @Test("a refused series is worth another try when some have left, and not before")
    func freed() throws {
        var options = HeadOptions()
        options.budget = SeriesBudget(series: 2)
        options.maxSamples = 100
        let head = freeHead(options)
        try head.add(named(0), (0, 1))
        try head.add(named(1), (0, 1))
        #expect(try head.add(named(2), (0, 1)).overBudget == 1)
        let round = head.budgetRound
        for time in 1..<50 { try head.add(named(0), (Timestamp(time), 1)) }
        #expect(head.budgetRound == round && head.isBudgetReached)
        // The oldest samples go, and with them the series that has no others.
        for time in 50..<2000 { try head.add(named(0), (Timestamp(time), 1)) }
        #expect(head.budgetRound > round && !head.isBudgetReached)
        #expect(try head.add(named(2), (2000, 1)).appended == 1)
        #expect(try head.add(named(3), (2000, 1)).overBudget == 1)
    }

    @Test("a limit that changes makes it worth another try, one that stays does not")
    func changed() throws {
        let head = head(SeriesBudget(series: 1))
        try head.add(named(0), (0, 1))
        #expect(try head.add(named(1), (0, 1)).overBudget == 1)
        let round = head.budgetRound
        head.setSeriesBudget(SeriesBudget(series: 1))
        #expect(head.budgetRound == round)
        head.setSeriesBudget(SeriesBudget())
        #expect(head.budgetRound > round && head.seriesBudget == SeriesBudget())
        #expect(try head.add(named(1), (0, 1)).appended == 1)
        head.setSeriesBudget(SeriesBudget(series: 1))
        // Those that are there stay.
        #expect(try head.add(named(0), (1, 1)).appended == 1)
        #expect(try head.add(named(1), (1, 1)).appended == 1)
    }

    @Test("the log's replay refuses nothing")
    func replay() throws {
        let files = MemoryFileSystem()
        var options = DatabaseOptions()
        let database = try openDatabase(files, options)
        for number in 0..<20 { try database.head.add(named(number), (1, 1)) }
        try database.close()
        options.head.budget = SeriesBudget(series: 5)
        let again = try openDatabase(files, options)
        #expect(again.head.stats.series == 20)
        #expect(try again.head.add(named(3), (2, 1)).appended == 1)
        #expect(try again.head.add(named(20), (2, 1)).overBudget == 1)
        #expect(try again.head.answers().count == 20)
    }

    /// Room that a cut makes: it is seen by the next maintenance at the latest.
    @Test("a cut into a block makes room")
    func cut() throws {
        var options = DatabaseOptions()
        options.head.budget = SeriesBudget(series: 2)
        options.random = { 1 }
        let database = try openDatabase(MemoryFileSystem(), options)
        let hour: Timestamp = 3_600_000
        try database.head.add(named(0), (0, 1))
        try database.head.add(named(1), (0, 1))
        #expect(try database.head.add(named(2), (0, 1)).overBudget == 1)
        let round = database.head.budgetRound
        for time in 1...8 { try database.head.add(named(0), (Timestamp(time) * hour, 1)) }
        for _ in 0..<5 { database.maintain() }
        #expect(database.blocks.count > 0)
        #expect(database.head.budgetRound > round)
        #expect(try database.head.add(named(2), (8 * hour, 1)).appended == 1)
    }
}
