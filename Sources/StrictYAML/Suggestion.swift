/// Guesses what a mistyped word was meant to be.
enum Suggestion {
    /// `; did you mean "…"?`, or what is possible if nothing is near and the choice is small; else empty.
    static func sentence(for word: String, among words: [String]) -> String {
        guard word.utf8.count <= 100 else { return "" }
        let near = words.map { ($0, distance(word, $0)) }.min { $0.1 < $1.1 }
        if let (best, edits) = near, edits <= max(1, word.utf8.count / 4) { return "; did you mean \"\(best)\"?" }
        return words.count <= 8 ? "; expected one of \(words.joined(separator: ", "))" : ""
    }

    /// How many letters must be put in, taken out or changed (Levenshtein).
    static func distance(_ a: String, _ b: String) -> Int {
        let b = Array(b.utf8)
        var row = Array(0...b.count)
        for (i, letter) in a.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let above = row[j + 1]
                row[j + 1] = min(diagonal + (letter == b[j] ? 0 : 1), above + 1, row[j] + 1)
                diagonal = above
            }
        }
        return row[b.count]
    }
}
