import Model

/// An exemplar in the log.
///
/// Record kind 4: the first exemplar's reference and time as u64, then for each, the first too, signed varint distances of reference and time to
/// these, the value's bits as u64, and its labels in the form of a series record.
struct WALExemplar: Equatable {
    var reference: UInt64
    var exemplar: Exemplar

    static func decode(_ record: UnsafeRawBufferPointer) throws(WALRecordError) -> [WALExemplar] {
        var input = ByteInput(record, offset: 1)
        if input.atEnd { return [] }
        guard let reference = input.takeWord(), let start = input.takeWord() else {
            throw WALRecordError(offset: record.count, reason: "ends within the first reference and time")
        }
        var found: [WALExemplar] = []
        while !input.atEnd {
            guard let referenceStep = input.takeSigned(), let timeStep = input.takeSigned(), let bits = input.takeWord(),
                let count = input.takeVarint()
            else { throw WALRecordError(offset: input.offset, reason: "ends within exemplar \(found.count + 1), or a number is too long") }
            // Nobody knows any more whether the time was the exemplar's own; for telling repetitions apart it counts as not.
            let exemplar = Exemplar(
                labels: try WALSeries.labels(&input, count), value: Double(bitPattern: bits), time: Int64(bitPattern: start) &+ timeStep,
                isTimed: false)
            found.append(WALExemplar(reference: reference &+ UInt64(bitPattern: referenceStep), exemplar: exemplar))
        }
        return found
    }
}

extension WALBatch {
    func addExemplar(_ reference: UInt64, _ exemplar: Exemplar) {
        if exemplars.count == 0 { beginExemplars(reference, exemplar.time) }
        exemplars.write(atMost: 38) { cursor in
            cursor.putSigned(Int64(bitPattern: reference &- exemplarReference))
            cursor.putSigned(exemplar.time &- exemplarTime)
            cursor.put(exemplar.value.bitPattern)
            cursor.putUnsigned(UInt64(exemplar.labels.count))
        }
        exemplar.labels.encoding.withUnsafeBytes { exemplars.append($0) }
    }
}
