/// Texts no longer than Telegram takes them: 4096 characters once the markup is read.
package enum TelegramText {
    package static let most = 4096
    /// Bytes with the markup; more is refused before it is read.
    private static let mostBytes = 32_000

    /// Telegram counts in units of UTF-16.
    static func cut(plain text: String) -> String {
        guard text.utf16.count > most else { return text }
        var out = String.UnicodeScalarView()
        var count = 1
        for scalar in text.unicodeScalars {
            count += UTF16.width(scalar)
            if count > most { break }
            out.append(scalar)
        }
        return String(out) + "…"
    }

    /// Cuts between characters, never within a tag or an entity, and closes what is open.
    package static func cut(html text: String) -> String {
        var visible = 0
        var pieces = Pieces(text)
        while let piece = pieces.next() { visible += piece.width }
        guard visible > most || text.utf8.count > mostBytes else { return text }
        var (out, open) = ("", [String]())
        // With the sign that something was cut off, and what closes the open tags.
        var (count, closing) = (1, 4)
        pieces = Pieces(text)
        while let piece = pieces.next() {
            count += piece.width
            closing += piece.opens.map { $0.utf8.count + 3 } ?? 0
            if count > most || out.utf8.count + piece.text.utf8.count + closing > mostBytes { break }
            out += piece.text
            if let name = piece.opens { open.append(name) }
            if let name = piece.closes, open.last == name { closing -= open.removeLast().utf8.count + 3 }
        }
        return out + "…" + open.reversed().map { "</\($0)>" }.joined()
    }

    /// Without tags, and entities as what they stand for.
    package static func withoutMarkup(_ html: String) -> String {
        var out = ""
        var pieces = Pieces(html)
        while let piece = pieces.next() { if piece.width > 0 { out += piece.plain } }
        return out
    }

    private struct Piece {
        var text: Substring
        var plain: String
        /// What it counts for.
        var width: Int
        var opens: String?
        var closes: String?
    }

    /// Tags, entities and single characters.
    private struct Pieces {
        private var rest: Substring.UnicodeScalarView
        /// Whether a tag may still come; looked for once, so that a text of open brackets takes no longer than another.
        private var hasTags = true

        init(_ text: String) { rest = text[...].unicodeScalars }

        mutating func next() -> Piece? {
            guard let first = rest.first else { return nil }
            if first == "<", hasTags {
                if let end = rest.firstIndex(of: ">") { return tag(through: end) }
                hasTags = false
            }
            if first == "&", let end = rest.prefix(10).firstIndex(of: ";"), let entity = entity(rest[rest.index(after: rest.startIndex)..<end]) {
                return piece(through: end, plain: String(Character(entity)), width: UTF16.width(entity))
            }
            return piece(through: rest.startIndex, plain: String(Character(first)), width: UTF16.width(first))
        }

        private mutating func piece(through end: Substring.UnicodeScalarView.Index, plain: String, width: Int) -> Piece {
            let after = rest.index(after: end)
            defer { rest = rest[after...] }
            return Piece(text: Substring(rest[..<after]), plain: plain, width: width)
        }

        private mutating func tag(through end: Substring.UnicodeScalarView.Index) -> Piece {
            var piece = piece(through: end, plain: "", width: 0)
            var inner = piece.text.dropFirst().dropLast()
            let isEnd = inner.first == "/"
            if isEnd { inner = inner.dropFirst() }
            let name = inner.prefix { $0.isLetter || $0 == "-" }.lowercased()
            if isEnd { piece.closes = name } else if inner.last != "/", !name.isEmpty { piece.opens = name }
            return piece
        }

        private func entity(_ name: Substring.UnicodeScalarView.SubSequence) -> Unicode.Scalar? {
            let name = String(name)
            if let known = ["lt": "<", "gt": ">", "amp": "&", "quot": "\""][name] { return known.unicodeScalars.first }
            guard name.hasPrefix("#") else { return nil }
            let number = name.dropFirst()
            let value = number.first == "x" ? UInt32(number.dropFirst(), radix: 16) : UInt32(number)
            return value.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }
        }
    }
}
