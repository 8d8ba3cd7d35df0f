import Model

/// What series are, by their references: beside the series' records, because most servers keep nothing of it. Series with the same metadata, as
/// those of one family, share it.
final class SeriesMetadata {
    private struct Entry {
        /// As the log has it, which tells different bytes apart where strings would not.
        let encoded: [UInt8]
        var uses: Int
    }

    private var entries: [Entry?] = []
    private var free: [UInt32] = []
    private var numbers: [[UInt8]: UInt32] = [:]
    private var byReference: [UInt64: UInt32] = [:]
    private var textBytes = 0

    /// What a series is; nil if nobody has told.
    subscript(reference: UInt64) -> Metadata? {
        guard let number = byReference[reference], let encoded = entries[Int(number)]?.encoded else { return nil }
        // The record's kind, and a reference of one byte.
        return ([WALRecordKind.metadata.rawValue, 0] + encoded).withUnsafeBytes { try? WALMetadata.decode($0).first?.metadata }
    }

    func set(_ reference: UInt64, _ metadata: Metadata) { set(reference, WALMetadata.encode(metadata)) }

    func set(_ reference: UInt64, _ encoded: [UInt8]) {
        if holds(reference, encoded) { return }
        let number = number(encoded)
        if let old = byReference.updateValue(number, forKey: reference) { release(old) }
        entries[Int(number)]?.uses += 1
    }

    /// Whether a series has exactly this.
    func holds(_ reference: UInt64, _ encoded: [UInt8]) -> Bool {
        guard let number = byReference[reference] else { return false }
        return entries[Int(number)]?.encoded == encoded
    }

    func remove(_ references: [UInt64]) {
        guard !byReference.isEmpty else { return }
        for reference in references {
            if let number = byReference.removeValue(forKey: reference) { release(number) }
        }
    }

    /// All there is, by ascending reference.
    var all: [(reference: UInt64, encoded: [UInt8])] {
        byReference.sorted { $0.key < $1.key }.compactMap { reference, number in
            entries[Int(number)].map { (reference, $0.encoded) }
        }
    }

    /// By own count.
    var byteCount: Int { textBytes * 2 + entries.capacity * 32 + byReference.capacity * 16 }

    private func number(_ encoded: [UInt8]) -> UInt32 {
        if let number = numbers[encoded] { return number }
        let number = free.popLast() ?? UInt32(entries.count)
        if Int(number) == entries.count { entries.append(nil) }
        entries[Int(number)] = Entry(encoded: encoded, uses: 0)
        numbers[encoded] = number
        textBytes += encoded.count
        return number
    }

    private func release(_ number: UInt32) {
        guard var entry = entries[Int(number)] else { return }
        entry.uses -= 1
        guard entry.uses == 0 else { return entries[Int(number)] = entry }
        entries[Int(number)] = nil
        numbers[entry.encoded] = nil
        free.append(number)
        textBytes -= entry.encoded.count
    }
}
