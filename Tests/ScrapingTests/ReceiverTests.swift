import TestKit
import Testing

@testable import Scraping

@Suite("Pages put together from pieces")
struct ReceiverTests {
    private static let page: [UInt8] = Array(
        (0..<400).map { "http_requests_total{code=\"\(200 + $0 % 5)\",path=\"/\($0)\"} \($0 * 37)\n" }.joined().utf8)

    private func receive(
        _ body: [UInt8], pieces: Int = 1, isGzip: Bool = true, limit: Int64 = 0, contentLength: Int? = nil
    ) throws -> [UInt8] {
        let buffer = PageBuffer()
        var receiver = try PageReceiver(into: buffer, limit: limit, isGzip: isGzip, contentLength: contentLength)
        let size = max(1, (body.count + pieces - 1) / pieces)
        for start in stride(from: 0, to: body.count, by: size) {
            let piece = Array(body[start..<min(start + size, body.count)])
            try piece.withUnsafeBytes { try receiver.receive($0) }
        }
        try receiver.finish()
        return buffer.withUnsafeBytes { Array($0) }
    }

    private func failure(_ body: [UInt8], pieces: Int = 1, isGzip: Bool = true, limit: Int64 = 0, contentLength: Int? = nil) -> String? {
        do {
            _ = try receive(body, pieces: pieces, isGzip: isGzip, limit: limit, contentLength: contentLength)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [1, 2, 3, 7, 100, 100_000])
    func piecesDoNotMatter(pieces: Int) throws {
        #expect(try receive(Self.page, pieces: pieces, isGzip: false) == Self.page)
        for level: Int32 in [0, 1, 9] {
            #expect(try receive(Gzip.pack(Self.page, level: level), pieces: pieces) == Self.page)
        }
        // RFC 1952, section 2.2: members follow each other.
        let members = Gzip.pack(Array(Self.page[..<1000])) + Gzip.pack([]) + Gzip.pack(Array(Self.page[1000...]))
        #expect(try receive(members, pieces: pieces) == Self.page)
    }

    @Test func zeroBytesAreAPageAndNoGzip() throws {
        #expect(try receive([], isGzip: false) == [])
        #expect(try receive(Gzip.pack([])) == [])
        #expect(failure([]) == "gzip: unexpected EOF")
    }

    @Test func muchThatWasPackedSmallIsUnpacked() throws {
        let zeros = [UInt8](repeating: 0, count: 20_000_000)
        #expect(try receive(Gzip.pack(zeros), pieces: 3).count == zeros.count)
        #expect(failure(Gzip.pack(zeros), limit: 1000) == "body size limit exceeded")
    }

    @Test func whatBreaksOffIsRefused() {
        let packed = Gzip.pack(Self.page)
        for length in stride(from: 0, to: packed.count, by: 1) {
            #expect(failure(Array(packed[..<length])) == "gzip: unexpected EOF")
        }
        #expect(failure(Self.page, isGzip: false, contentLength: Self.page.count + 1)?.hasPrefix("unexpected EOF: ") == true)
        #expect(failure(Self.page, isGzip: false, contentLength: Self.page.count) == nil)
        #expect(failure(packed, contentLength: packed.count) == nil)
    }

    @Test func whatIsCorruptIsRefused() {
        var packed = Gzip.pack(Self.page)
        #expect(failure(Self.page) == "gzip: invalid header")
        #expect(failure(packed + [1, 2, 3]) == "gzip: invalid header")
        packed[packed.count - 6] ^= 1
        #expect(failure(packed) == "gzip: invalid checksum")
        packed[packed.count - 6] ^= 1
        packed[packed.count - 1] ^= 1
        #expect(failure(packed) == "gzip: invalid checksum")
    }

    /// A page of as many bytes as the limit says is refused; one less is good.
    @Test func theLimitIsOfUnpackedBytes() {
        let size = Int64(Self.page.count)
        for (body, isGzip) in [(Self.page, false), (Gzip.pack(Self.page), true)] {
            #expect(failure(body, pieces: 5, isGzip: isGzip, limit: size) == ScrapeError.bodySizeLimit.description)
            #expect(failure(body, pieces: 5, isGzip: isGzip, limit: size + 1) == nil)
            #expect(failure(body, pieces: 5, isGzip: isGzip, limit: 1) == ScrapeError.bodySizeLimit.description)
        }
    }

    /// The lean way unpacks a page whole, with one inflater for all, whatever became of the page before.
    @Test func wholePagesAreUnpackedOneAfterTheOther() throws {
        let unpacker = PageUnpacker()
        func unpack(_ bytes: [UInt8], limit: Int = 1 << 30) throws -> [UInt8] {
            let buffer = PageBuffer()
            buffer.append(bytes)
            // What seems to be long, as damaged bytes may, is left as it is.
            if try !unpacker.unpack(buffer, limit: limit) {
                #expect(buffer.withUnsafeBytes { Array($0) } == bytes)
                try PageUnpacker.unpackLong(buffer, limit: limit)
            }
            return buffer.withUnsafeBytes { Array($0) }
        }
        let packed = Gzip.pack(Self.page)
        for _ in 0..<3 {
            #expect(try unpack(packed) == Self.page)
            #expect(throws: ScrapeError("gzip: unexpected EOF")) { try unpack(Array(packed.dropLast(1))) }
            #expect(throws: ScrapeError("gzip: unexpected EOF")) { try unpack([]) }
            #expect(throws: ScrapeError("gzip: invalid header")) { try unpack(Self.page) }
            #expect(throws: ScrapeError.bodySizeLimit) { try unpack(packed, limit: Self.page.count) }
            #expect(try unpack(packed + Gzip.pack([]) + packed, limit: 2 * Self.page.count + 1) == Self.page + Self.page)
        }
        let long = PageBuffer()
        long.append(Gzip.pack([UInt8](repeating: 0, count: 2_000_000)))
        let isDone = try unpacker.unpack(long, limit: 1 << 30)
        #expect(!isDone)
        try PageUnpacker.unpackLong(long, limit: 2_000_001)
        #expect(long.count == 2_000_000)
    }

    @Test func pagesAreBoundedWhereNobodySaysHow() {
        #expect(PageLimit.bytes(0) == 256 << 20 && PageLimit.bytes(-1) == 256 << 20)
        #expect(PageLimit.bytes(77) == 77 && PageLimit.bytes(.max) == (512 << 20) - 1)
    }

    /// Whatever is changed in packed bytes, the result is the page or an error, and no more memory than the limit allows.
    @Test func mutatedPackedBytesAreThePageOrAnError() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SystemSeeded(seed)
        var refused = 0
        let rounds = mutationRounds(usual: 1000)
        for _ in 0..<rounds {
            let original = Array(Self.page[..<Int(random.next() % UInt64(Self.page.count))])
            let mutated = Mutation.apply(to: Gzip.pack(original), using: &random)
            do {
                let unpacked = try receive(mutated, pieces: 1 + Int(random.next() % 4), limit: 1 << 20)
                #expect(unpacked == original, "seed \(seed)")
            } catch {
                refused += 1
            }
        }
        #expect(refused > rounds / 2)
    }
}
