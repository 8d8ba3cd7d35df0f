import Crypto
import Notifier

/// Texts no longer than a receiver takes them.
enum ShortText {
    /// At most so many characters (Unicode scalars), with `…` as the last where something was cut off.
    static func cut(_ text: String, to limit: Int) -> String {
        guard text.unicodeScalars.count > limit else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(max(0, limit - 1)))) + "…"
    }

    /// The first so many bytes of a text that is to be shown, without line ends and what cannot be seen.
    static func shown(_ bytes: some Collection<UInt8>, limit: Int) -> String {
        var text = String(decoding: bytes.prefix(limit + 1), as: UTF8.self)
        let isCut = text.utf8.count > limit
        if isCut { text = String(text.unicodeScalars.dropLast()) }
        return isCut ? line(text) + "…" : line(text)
    }

    /// In one line: control characters and more than one blank become one blank.
    static func line(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isBlank = scalar.value <= 0x20 || scalar.value == 0x7f
            if !isBlank { out.append(scalar) } else if let last = out.last, last != " " { out.append(" ") }
        }
        if out.last == " " { out.removeLast() }
        return String(out)
    }
}

/// What stands for a delivery or a group elsewhere, always the same.
enum StableName {
    /// SHA-256 of a text, in hexadecimal digits.
    static func hash(_ text: String) -> String { hex(SHA256.hash(data: Array(text.utf8))) }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// As long as the delivery is known, also after a restart; another one has another.
    static func delivery(_ delivery: Delivery) -> String {
        hash("\(delivery.id)\n\(delivery.time)\n\(delivery.key.integration)\n\(delivery.key.group)")
    }
}
