/// Damages texts: bytes, words and whole stretches go, come, change places and repeat.
public struct ByteMutator {
    private var random: SeededRandom
    private let words: [[UInt8]]

    /// - Parameter words: what means something in the language at hand.
    public init(_ random: SeededRandom, words: [[UInt8]]) {
        self.random = random
        self.words = words
    }

    /// The text with one to four changes; `other` lends stretches.
    public mutating func mutated(_ text: [UInt8], with other: [UInt8]) -> [UInt8] {
        var bytes = text
        for _ in 0...random.below(4) { change(&bytes, other) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8]) {
        let at = random.below(bytes.count + 1)
        switch random.below(8) {
        case 0 where at < bytes.count: bytes.remove(at: at)
        case 1 where at < bytes.count: bytes[at] = UInt8(random.below(256))
        case 2 where at < bytes.count: bytes.swapAt(at, random.below(bytes.count))
        case 3 where at < bytes.count: bytes.removeSubrange(stretch(of: bytes))
        case 4: bytes.insert(contentsOf: other[stretch(of: other)], at: at)
        case 5: bytes.insert(contentsOf: bytes[stretch(of: bytes)], at: at)
        default: bytes.insert(contentsOf: words[random.below(words.count)], at: at)
        }
    }

    private mutating func stretch(of bytes: [UInt8]) -> Range<Int> {
        let (a, b) = (random.below(bytes.count + 1), random.below(bytes.count + 1))
        return min(a, b)..<max(a, b)
    }
}
