/// For every label name its values, for every value the series slots that have it.
final class Postings {
    typealias Values = [UInt32: PostingList]

    /// By the symbol of the name, then of the value.
    @exclusivity(unchecked) private(set) var names: [UInt32: Values] = [:]
    /// Slots are dense: all series are 0..<seriesCount.
    @exclusivity(unchecked) private(set) var seriesCount: UInt32 = 0
    /// The bytes of all lists' arrays.
    @exclusivity(unchecked) private var listBytes = 0

    deinit {
        for values in names.values {
            for list in values.values { list.free() }
        }
    }

    /// Adds a series behind all others.
    func add(_ labels: UnsafeBufferPointer<LabelPair>, slot: UInt32) {
        for label in labels { listBytes += names[label.name, default: [:]][label.value, default: PostingList()].append(slot) }
        seriesCount = slot + 1
    }

    /// Adds one label of a row of series. `isWhole` must be called before anybody asks for them.
    func add(_ label: LabelPair, _ slots: Range<UInt32>) {
        listBytes += names[label.name, default: [:]][label.value, default: PostingList()].append(slots)
    }

    /// All labels of the series before a slot are added, if they have any.
    func isWhole(before slot: UInt32) { seriesCount = slot }

    func list(_ name: UInt32, _ value: UInt32) -> PostingList? { names[name]?[value] }

    /// Follows a sweep: slot `i` is now `new[i]`, or gone.
    func renumber(_ new: [UInt32], dead: UInt32, count: UInt32) {
        for name in Array(names.keys) {
            guard let values = names.removeValue(forKey: name) else { continue }
            let kept = values.mapValues { $0.renumbered(new, dead: dead) }.filter { $0.value.count > 0 }
            if !kept.isEmpty { names[name] = kept }
        }
        listBytes = names.values.reduce(0) { sum, values in values.values.reduce(sum) { $0 + $1.byteCount } }
        seriesCount = count
    }

    /// A rough figure: lists, and a hash table's entry for each.
    var byteCount: Int { names.values.reduce(listBytes) { $0 + $1.capacity * 28 } }
}

/// A label as two symbols.
struct LabelPair: BitwiseCopyable, Equatable {
    var name: UInt32
    var value: UInt32
}
