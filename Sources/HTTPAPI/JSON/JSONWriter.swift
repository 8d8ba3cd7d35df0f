import Model

/// Writes JSON straight into bytes, in the order it is told: nothing is built up and encoded afterwards.
///
/// Commas come by themselves; opening and closing is the caller's affair, through `object` and `array`.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    /// Whether the next member or element needs a comma before it.
    private var follows = false
    /// Where full pieces go; nil gathers everything in `bytes`.
    private let stream: AnswerStream?

    /// Bytes that a piece may be longer than it should be: what is written between two calls of `flush`, for the most part.
    static let overhang = 8 << 10

    init(reserving capacity: Int = 1024) {
        stream = nil
        bytes.reserveCapacity(capacity)
    }

    init(to stream: AnswerStream) {
        self.stream = stream
        bytes.reserveCapacity(AnswerStream.pieceSize + Self.overhang)
    }

    /// A place where an answer may be cut into pieces. False if nobody wants the rest of it.
    @inline(__always)
    mutating func flush() -> Bool {
        guard let stream, bytes.count >= AnswerStream.pieceSize else { return true }
        stream.put(&bytes)
        return !stream.isAbandoned
    }

    /// Must be called in the end where there is a stream.
    consuming func finish() { stream?.finish(bytes) }

    mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        follows = false
    }

    mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        follows = true
    }

    /// A member's name; its value must be written next. For names of our own, which need no escaping.
    mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        follows = false
    }

    /// A member's name that comes from outside.
    mutating func key(from text: String) {
        string(text)
        bytes.append(UInt8(ascii: ":"))
        follows = false
    }

    mutating func string(_ text: String, _ escaping: JSONEscaping = .html) {
        separate()
        escaping.append(text, to: &bytes)
    }

    mutating func strings(_ texts: some Sequence<String>, _ escaping: JSONEscaping = .html) {
        array { json in
            for text in texts { json.string(text, escaping) }
        }
    }

    mutating func integer(_ value: some BinaryInteger) { raw(String(value)) }

    /// A JSON number, which NaN and the infinities are not: those become 0.
    mutating func number(_ value: Double) { raw(value.isFinite ? FloatFormat.plain(value) : "0") }

    mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    mutating func null() { raw("null") }

    /// JSON text written elsewhere.
    mutating func raw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    /// Bytes that are, or are inside, one JSON value; for the writers of samples, which have no time for commas.
    mutating func withBytes(_ body: (inout [UInt8]) -> Void) {
        separate()
        body(&bytes)
    }

    /// Further bytes of the value that `withBytes` began.
    @inline(__always)
    mutating func goOn(_ body: (inout [UInt8]) -> Void) { body(&bytes) }

    private mutating func separate() {
        if follows { bytes.append(UInt8(ascii: ",")) }
        follows = true
    }
}

extension JSONWriter {
    mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    mutating func member(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        integer(value)
    }

    mutating func member(_ name: StaticString, number value: Double) {
        key(name)
        number(value)
    }

    mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// `{"status":"success","data":…}`; warnings and infos only where there are any.
    mutating func success(warnings: [String], infos: [String], _ data: (inout JSONWriter) throws -> Void) rethrows {
        try object { json in
            json.member("status", "success")
            json.key("data")
            try data(&json)
            if !warnings.isEmpty {
                json.key("warnings")
                json.strings(warnings)
            }
            if !infos.isEmpty {
                json.key("infos")
                json.strings(infos)
            }
        }
    }

    /// A label set as an object.
    mutating func labels(_ labels: Labels) {
        withBytes { JSONEscaping.appendLabels(labels, to: &$0) }
    }
}
