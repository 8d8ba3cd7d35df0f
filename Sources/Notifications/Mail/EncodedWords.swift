import WebClient

/// Text of headers beyond ASCII (RFC 2047): `=?utf-8?B?…?=`, each word at most 75 bytes.
enum EncodedWords {
    /// Bytes of UTF-8 that fit into one word.
    private static let most = 45

    /// The text itself if it needs no encoding; words are parted by a blank.
    static func encode(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 0x7f || $0 < 0x20 }) || text.contains("=?") else { return text }
        var words: [String] = []
        var piece: [UInt8] = []
        func finish() {
            if !piece.isEmpty { words.append("=?utf-8?B?\(Credentials.base64(piece))?=") }
            piece = []
        }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if piece.count + bytes.count > most { finish() }
            piece += bytes
        }
        finish()
        return words.joined(separator: " ")
    }
}

/// Lines of a header (RFC 5322 §2.2).
package enum MailHeader {
    private static let width = 76

    /// Whether a name can be one of a header.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 70 && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
    }

    /// Text without structure, without what could begin another line.
    package static func text(_ text: String) -> String { EncodedWords.encode(ShortText.line(text)) }

    /// `Name: value` with line ends before words that would make a line too long; a word that is longer than any line may be is broken.
    package static func line(_ name: String, _ value: String) -> String {
        var out = name + ":"
        var count = out.utf8.count
        for word in value.split(separator: " ").flatMap(pieces) {
            if count + 1 + word.utf8.count > width, count > name.utf8.count + 1 {
                out += "\r\n"
                count = 0
            }
            out += " " + word
            count += 1 + word.utf8.count
        }
        return out + "\r\n"
    }

    private static func pieces(_ word: Substring) -> [Substring] {
        var (rest, pieces) = (word, [Substring]())
        while rest.utf8.count > 900 {
            pieces.append(rest.prefix(900))
            rest = rest.dropFirst(900)
        }
        return pieces + [rest]
    }
}
