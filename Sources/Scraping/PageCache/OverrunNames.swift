/// How many series of a page the head has no room for, by metric name.
struct OverrunNames {
    /// How many names are told.
    private static let told = 10
    /// How many are counted at most: a page that makes up names is not to fill the memory with them. Further ones are counted together.
    private static let most = 1000
    private static let others = 0

    private var names: [(name: String, count: Int)] = [("", 0)]
    private var numbers: [String: Int] = [:]
    private var free: [Int] = []
    /// Of all names.
    private(set) var count = 0
    private var kept: [(metric: String, count: Int)]?

    /// Counts a series; gives the number that its name is forgotten by.
    mutating func number(_ name: String) -> Int {
        kept = nil
        count += 1
        let number = numbers[name] ?? newNumber(name)
        names[number].count += 1
        return number
    }

    private mutating func newNumber(_ name: String) -> Int {
        guard numbers.count < Self.most else { return Self.others }
        let number = free.popLast() ?? names.count
        if number == names.count { names.append((name, 0)) } else { names[number].name = name }
        numbers[name] = number
        return number
    }

    mutating func forget(_ number: Int?) {
        guard let number else { return }
        kept = nil
        count -= 1
        names[number].count -= 1
        guard names[number].count == 0, number != Self.others else { return }
        numbers[names[number].name] = nil
        free.append(number)
    }

    /// The names with the most series, by descending counts.
    mutating func largest() -> [(metric: String, count: Int)] {
        if let kept { return kept }
        let sorted = names.dropFirst().filter { $0.count > 0 }.sorted { $0.count > $1.count }
        let largest = sorted.prefix(Self.told).map { (metric: $0.name, count: $0.count) }
        kept = largest
        return largest
    }
}
