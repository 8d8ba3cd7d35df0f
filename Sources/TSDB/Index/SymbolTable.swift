import Glibc
import Model

/// Label names and values, each kept once.
///
/// Symbols lie in pages that never move, under a directory of fixed size, so that whoever got a number under the index lock may read its bytes
/// without one. Numbers are reused only after a sweep, which waits for such readers.
final class SymbolTable {
    private struct Symbol {
        var bytes: UnsafeMutableRawPointer
        var length: UInt32
        /// In how many places it stands; 0 if the number is free.
        var uses: UInt32
    }

    private static let pageShift = 10
    private static let pageSize = 1 << pageShift
    /// Room for 268 million symbols; untouched entries of the directory cost no memory.
    private static let maxPages = 1 << 18

    private let pages: UnsafeMutablePointer<UnsafeMutablePointer<Symbol>?>
    @exclusivity(unchecked) private var table = IdTable()
    @exclusivity(unchecked) private var used: UInt32 = 0
    @exclusivity(unchecked) private var free: [UInt32] = []
    /// The bytes of all symbols together.
    @exclusivity(unchecked) private(set) var textBytes = 0

    init() {
        guard let memory = calloc(Self.maxPages, MemoryLayout<UnsafeMutablePointer<Symbol>?>.stride) else {
            preconditionFailure("BUG: no memory for the symbol directory")
        }
        pages = memory.assumingMemoryBound(to: UnsafeMutablePointer<Symbol>?.self)
    }

    deinit {
        for id in 0..<used where self[id].pointee.uses > 0 { self[id].pointee.bytes.deallocate() }
        var page = 0
        while let memory = pages[page] {
            memory.deallocate()
            page += 1
        }
        Glibc.free(pages)
    }

    var count: Int { table.count }
    var byteCount: Int { textBytes + table.byteCount + Int(used) * MemoryLayout<Symbol>.stride }

    @inline(__always)
    private subscript(id: UInt32) -> UnsafeMutablePointer<Symbol> {
        guard let page = pages[Int(id &>> UInt32(Self.pageShift))] else { preconditionFailure("BUG: an unknown symbol") }
        return page + Int(id & UInt32(Self.pageSize - 1))
    }

    @inline(__always)
    func bytes(_ id: UInt32) -> UnsafeRawBufferPointer {
        let symbol = self[id]
        return UnsafeRawBufferPointer(start: symbol.pointee.bytes, count: Int(symbol.pointee.length))
    }

    func text(_ id: UInt32) -> String { String(decoding: bytes(id), as: UTF8.self) }

    func find(_ text: String) -> UInt32? {
        var text = text
        return text.withUTF8 { find(UnsafeRawBufferPointer($0)) }
    }

    func find(_ text: UnsafeRawBufferPointer) -> UInt32? {
        table.find(StableHash.folded(text)) { compareBytes(bytes($0), text) == 0 }
    }

    /// The number of a text, one use more. It is fast to guess right.
    func intern(_ text: UnsafeRawBufferPointer, guess: UInt32? = nil) -> UInt32 {
        if let guess, compareBytes(bytes(guess), text) == 0 {
            self[guess].pointee.uses += 1
            return guess
        }
        let hash = StableHash.folded(text)
        if let id = table.find(hash, { compareBytes(bytes($0), text) == 0 }) {
            self[id].pointee.uses += 1
            return id
        }
        let id = free.popLast() ?? newNumber()
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(text.count, 1), alignment: 1)
        if let from = text.baseAddress { copy.copyMemory(from: from, byteCount: text.count) }
        self[id].initialize(to: Symbol(bytes: copy, length: UInt32(text.count), uses: 1))
        table.insert(hash, id)
        textBytes += text.count
        return id
    }

    private func newNumber() -> UInt32 {
        let page = Int(used) >> Self.pageShift
        precondition(page < Self.maxPages, "BUG: more symbols than there is room for")
        if pages[page] == nil { pages[page] = .allocate(capacity: Self.pageSize) }
        used += 1
        return used - 1
    }

    /// One use less; what is not used any more goes with `removeUnused`.
    func release(_ id: UInt32) { self[id].pointee.uses -= 1 }

    /// Forgets symbols without uses. Nobody may be reading.
    func removeUnused() {
        table.renumber { id in
            let symbol = self[id]
            if symbol.pointee.uses > 0 { return id }
            textBytes -= Int(symbol.pointee.length)
            symbol.pointee.bytes.deallocate()
            free.append(id)
            return nil
        }
    }
}
