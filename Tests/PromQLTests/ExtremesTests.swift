import Model
import Testing

@testable import PromQL

/// Which of equal values `topk` and `bottomk` choose, and in what order: as a Prometheus 3.5 does that reads the same samples from a block.
@Suite struct ExtremesTests {
    static let members = """
        load 15s
          m{i="0"} 5
          m{i="1"} 5
          m{i="2"} 7
          m{i="3"} 5
          m{i="4"} 9
          m{i="5"} 5
          m{i="6"} NaN
        """

    static let choices: [(query: String, members: [Int])] = [
        ("topk(1, m)", [4]),
        ("topk(2, m)", [4, 2]),
        ("topk(3, m)", [4, 2, 1]),
        ("topk(4, m)", [4, 2, 1, 3]),
        ("topk(5, m)", [4, 2, 0, 1, 3]),
        ("topk(3, -m)", [3, 1, 0]),
        ("bottomk(1, m)", [0]),
        ("bottomk(2, m)", [0, 1]),
        ("bottomk(3, m)", [3, 1, 0]),
        ("bottomk(5, m)", [5, 0, 3, 1, 2]),
        ("bottomk(7, m)", [3, 1, 5, 0, 2, 4, 6]),
    ]

    @Test(arguments: choices)
    func equalsAreChosenAsThere(_ query: String, _ wanted: [Int]) throws {
        guard case .vector(let samples) = try Engine().instant(query, at: 0, over: Store(Self.members).source).value else {
            Issue.record("\(query) gives no vector")
            return
        }
        #expect(samples.map { $0.labels["i"] } == wanted.map(String.init))
    }

    /// With many members NaN still comes last, and the most extreme first.
    @Test func manyAreInOrder() throws {
        var store = "load 15s\n"
        for i in 0..<40 { store += "  m{i=\"\(i)\"} \(i % 10 == 3 ? "NaN" : String(i * 7 % 40))\n" }
        guard case .vector(let samples) = try Engine().instant("topk(38, m)", at: 0, over: Store(store).source).value else {
            Issue.record("no vector")
            return
        }
        let numbers = samples.map(\.sample.value)
        #expect(numbers.count == 38)
        #expect(numbers.dropLast(2).elementsEqual(numbers.dropLast(2).sorted(by: >)) && numbers.suffix(2).allSatisfy(\.isNaN))
    }
}
