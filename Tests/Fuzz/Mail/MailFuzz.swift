import Notifications
import Notifier
import TestKit

/// Feeds damaged replies, addresses, headers, dates and texts to what reads and writes them, and checks what must hold for any bytes.
struct MailFuzz {
    /// What went wrong, with the text that did it.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let seed: UInt64
    private var number: UInt64 = 0
    private(set) var taken = 0
    private(set) var refused = 0

    init(seed: UInt64) { self.seed = seed }

    /// The next input; each follows from the seed and its number.
    mutating func next() -> [UInt8] {
        number += 1
        var random = SeededRandom(seed &+ number)
        let seeds = MailSeeds.all[Int(number) % MailSeeds.all.count]
        let (first, second) = (seeds[random.below(seeds.count)], seeds[random.below(seeds.count)])
        var mutator = ByteMutator(random, words: MailSeeds.words)
        return mutator.mutated(Array(first.utf8), with: Array(second.utf8))
    }

    mutating func check(_ bytes: [UInt8]) throws(Failure) {
        let text = String(decoding: bytes, as: UTF8.self)
        try checkReplies(bytes)
        try checkAddresses(text)
        try checkHeader(text)
        try checkBody(text)
        try checkTelegram(text)
        try checkNumbers(text)
    }

    private func wrong(_ what: String, _ text: String) -> Failure { Failure(description: "\(what): \(text.debugDescription)") }

    /// However the bytes come, the replies are the same.
    private func checkReplies(_ bytes: [UInt8]) throws(Failure) {
        let whole = replies(bytes, pieces: bytes.count + 1)
        let single = replies(bytes, pieces: 1)
        if whole != single { throw wrong("replies differ by how they come", String(decoding: bytes, as: UTF8.self)) }
    }

    private func replies(_ bytes: [UInt8], pieces: Int) -> [String] {
        var reader = SMTPReplyReader()
        var out: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.add(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            do throws(SMTPFault) {
                while let reply = try reader.next() {
                    _ = SMTPExtensions(reply)
                    out.append("\(reply)")
                }
            } catch {
                // Where a line is too long, the text of the fault may come sooner.
                return out + ["fault"]
            }
        }
        return out
    }

    /// What is taken cannot begin another header or command, and is read as the same again.
    private mutating func checkAddresses(_ text: String) throws(Failure) {
        guard let list = try? MailAddress.list(text) else { return refused += 1 }
        taken += 1
        let header = list.map(\.header).joined(separator: ", ")
        if (header + list.map(\.address).joined()).utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) { throw wrong("a control character", text) }
        guard let again = try? MailAddress.list(header), again.map(\.address) == list.map(\.address) else {
            throw wrong("written as \(header.debugDescription), which is read otherwise", text)
        }
    }

    private func checkHeader(_ text: String) throws(Failure) {
        let lines = MailHeader.line("Subject", MailHeader.text(text)).utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map(Array.init)
        guard lines.last == [],
            lines.dropLast().allSatisfy({ $0.last == 0x0d && $0.count <= 998 && $0.dropLast().allSatisfy { $0 >= 0x20 && $0 < 0x7f } }),
            lines.dropFirst().dropLast().allSatisfy({ $0.first == 0x20 && $0.count > 2 })
        else { throw wrong("not one header", text) }
    }

    /// Short lines of ASCII that are read as the same text; no line of the mail is a dot alone.
    private func checkBody(_ text: String) throws(Failure) {
        let encoded = QuotedPrintable.encode(text)
        let lines = encoded.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map { $0.last == 0x0d ? $0.dropLast() : $0 }
        if lines.contains(where: { $0.count > 76 || $0.contains { $0 < 0x20 && $0 != 0x09 || $0 > 0x7e } }) {
            throw wrong("a line that is too long or not ASCII", text)
        }
        var normal: [UInt8] = []
        for line in text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false) {
            normal += (line.last == 0x0d ? line.dropLast() : line) + [0x0a]
        }
        if Self.decoded(Array(encoded.utf8)) + [0x0a] != normal { throw wrong("read as another text", text) }
        let stuffed = DotStuffing.stuffed(text).split(separator: 0x0a, omittingEmptySubsequences: false)
        guard stuffed.last == [], stuffed.dropLast().last.map(Array.init) == Array(".\r".utf8),
            stuffed.dropLast(2).allSatisfy({ $0.first != UInt8(ascii: ".") || $0.dropFirst().first == UInt8(ascii: ".") })
        else { throw wrong("the mail would end too soon", text) }
    }

    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                if byte != 0x0d { out.append(byte) }
                continue
            }
            let two = rest.prefix(2)
            rest = rest.dropFirst(2)
            if !two.elementsEqual("\r\n".utf8) { out.append(UInt8(String(decoding: two, as: UTF8.self), radix: 16) ?? 0) }
        }
        return out
    }

    /// No longer than allowed, and what is cut off ends at a place where it may.
    private func checkTelegram(_ text: String) throws(Failure) {
        let long = String(repeating: text, count: text.utf8.count > 0 && text.utf8.count < 3000 && number % 8 == 0 ? 12_000 / text.utf8.count : 1)
        let cut = TelegramText.cut(html: long)
        if TelegramText.withoutMarkup(cut).utf16.count > TelegramText.most + 1, cut != long { throw wrong("too long for Telegram", text) }
        if cut.utf8.count > 32_768 { throw wrong("too many bytes for Telegram", text) }
    }

    private func checkNumbers(_ text: String) throws(Failure) {
        if let wait = RetryAfter.milliseconds(text, at: 1_800_000_000_000), wait < 0 { throw wrong("a wait before now", text) }
        if let wait = SentryJudge.wait(text), wait < 0 { throw wrong("a wait before now", text) }
        if let address = SentryAddress(text), !address.envelopes.hasSuffix("/envelope/") { throw wrong("an address for no envelope", text) }
    }
}
