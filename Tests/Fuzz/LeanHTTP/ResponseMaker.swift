import TestKit

/// Makes responses as servers send them, with the body they have.
struct ResponseMaker {
    private var random: SeededRandom

    init(_ random: inout SeededRandom) { self.random = SeededRandom(random.next()) }

    /// A response of status 200, and its body.
    mutating func response() -> (bytes: [UInt8], body: [UInt8]) {
        let body = (0..<random.below(random.below(4) == 0 ? 5000 : 60)).map { _ in UInt8(random.below(256)) }
        var head = ""
        if random.below(6) == 0 { head += "HTTP/1.1 103 Early Hints\(end())Link: <x>\(end())\(end())" }
        let kind = random.below(3)
        head += "HTTP/1.\(kind == 1 ? 1 : random.below(2)) 200\([" OK", "", " "][random.below(3)])\(end())"
        var lines = ["Content-Type: text/plain", "X-A:\t b ", "Connection: \(["keep-alive", "close", "a, Close"][random.below(3)])"]
        lines = Array(lines.shuffled(using: &random).prefix(random.below(4)))
        switch kind {
        case 0: lines.insert("\(word("content-length")): \(body.count)", at: random.below(lines.count + 1))
        case 1: lines.insert("\(word("transfer-encoding")):  \(word("chunked"))", at: random.below(lines.count + 1))
        default: break
        }
        head += lines.map { $0 + end() }.joined() + end()
        return (Array(head.utf8) + (kind == 1 ? chunks(body) : body), body)
    }

    private mutating func end() -> String { random.below(8) == 0 ? "\n" : "\r\n" }

    private mutating func word(_ text: String) -> String { random.below(2) == 0 ? text : text.uppercased() }

    private mutating func chunks(_ body: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var rest = body[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(1 + random.below(rest.count))
            rest = rest.dropFirst(chunk.count)
            let zeros = String(repeating: "0", count: random.below(3))
            out += Array((zeros + word(String(chunk.count, radix: 16)) + ["", ";a=\"b\"", " "][random.below(3)] + "\r\n").utf8)
            out += chunk + Array("\r\n".utf8)
        }
        return out + Array((random.below(3) == 0 ? "0\r\nA: b\r\n\r\n" : "0\r\n\r\n").utf8)
    }
}
