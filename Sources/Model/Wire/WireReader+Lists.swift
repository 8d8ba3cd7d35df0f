/// Repeated fields. What is beyond a limit is read, but not kept: who reads decides by the count whether that is an error.
extension WireReader {
    /// A number of the type `sint64`; numbers may be packed, or each a field of its own.
    public mutating func appendZigzags(_ field: Field, to list: inout [Int64], limit: Int) throws(WireError) {
        if field.kind == .varint {
            let number = try zigzag()
            if list.count < limit { list.append(number) }
            return
        }
        try expect(.bytes, of: field)
        var inner = WireReader(all, try bytes())
        while !inner.isAtEnd {
            let number = try inner.zigzag()
            if list.count < limit { list.append(number) }
        }
    }

    /// The same for `double`.
    public mutating func appendDoubles(_ field: Field, to list: inout [Double], limit: Int) throws(WireError) {
        if field.kind == .fixed64 {
            let number = try double()
            if list.count < limit { list.append(number) }
            return
        }
        try expect(.bytes, of: field)
        var inner = WireReader(all, try bytes())
        while !inner.isAtEnd {
            let number = try inner.double()
            if list.count < limit { list.append(number) }
        }
    }

    /// A run of buckets: 1 offset, 2 length.
    public mutating func appendSpan(_ field: Field, to spans: inout [BucketSpan], limit: Int) throws(WireError) {
        try expect(.bytes, of: field)
        var inner = WireReader(all, try bytes())
        var span = BucketSpan(offset: 0, length: 0)
        while let field = try inner.next() {
            switch (field.number, field.kind) {
            case (1, .varint): span.offset = Int32(truncatingIfNeeded: try inner.zigzag())
            case (2, .varint): span.length = UInt32(truncatingIfNeeded: try inner.varint())
            case (1, _), (2, _): throw WireError(.type(field.number), at: inner.position)
            default: try inner.skip(field.kind)
            }
        }
        if spans.count < limit { spans.append(span) }
    }
}
