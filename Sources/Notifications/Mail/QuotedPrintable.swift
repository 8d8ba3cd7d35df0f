/// Text that passes any mail server (RFC 2045 §6.7): ASCII alone, lines of at most 76 characters.
package enum QuotedPrintable {
    private static let width = 76

    /// Line ends of any kind become CR LF.
    package static func encode(_ text: String) -> String {
        var out: [UInt8] = []
        var lines = text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map(Array.init)
        for index in lines.indices where lines[index].last == 0x0d { lines[index].removeLast() }
        for (index, line) in lines.enumerated() {
            if index > 0 { out += [0x0d, 0x0a] }
            encode(line, to: &out)
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func encode(_ line: [UInt8], to out: inout [UInt8]) {
        var count = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isBlank = byte == 0x20 || byte == 0x09
            let isPlain = (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "=") || isBlank && !isLast
            let token = isPlain ? [byte] : Array("=".utf8) + hex(byte)
            // Room for the sign that the line goes on.
            if count + token.count > width - 1 {
                out += [UInt8(ascii: "="), 0x0d, 0x0a]
                count = 0
            }
            out += token
            count += token.count
        }
    }

    private static func hex(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
