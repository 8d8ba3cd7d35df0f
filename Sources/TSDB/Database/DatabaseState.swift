import Model

/// What a data folder must remember from one start to the next and Prometheus's own files do not hold. It lies in `martlet.json`, version 1:
///
///     {"version": 1, "adopted": bool, "greatestReference": n, "emptiedUntil": ms, "clock": {"trusted": ms, "waited": ms},
///      "safe": {"wal": n, "wbl": n}, "checksum": "CRC-32C"}
///
/// The checksum (see `JSONValue.sealed`) is looked at first, so that a changed bit in the version is damage and not a later form.
/// Whoever takes the folder over can ignore it, or remove it: the folder then counts as written by another program.
struct DatabaseState: Equatable {
    static let version: Int64 = 1

    /// Another program wrote the folder first: nothing is purged before the operator says what to keep.
    var isAdopted = false
    /// No series reference up to this one is given out again.
    var greatestReference: UInt64 = 0
    /// What came in order before this is not replayed: blocks had it, and those that are there do not tell, or nothing of it is left.
    var emptiedUntil: Timestamp?
    /// Up to which segments the logs are known to be on the disk; nil: not known.
    var safeSegment: Int?
    var safeOutOfOrderSegment: Int?
    /// See `ClockGuard`.
    var trustedClock: Timestamp?
    var clockWaited: Int64?

    /// Reads the state of a folder; nil if it has none. Throws `StorageError.newerForm` if a later version wrote it, `.damaged` if it is no state.
    static func read(_ path: String, _ files: any FileSystem) throws(StorageError) -> DatabaseState? {
        let bytes: [UInt8]
        do {
            guard try files.kind(path) == .file else { return nil }
            bytes = try files.read(path)
        } catch {
            throw .file(error)
        }
        do {
            guard let json = try JSONValue(parsing: bytes).unsealed() else { throw JSONError(offset: 0, reason: "does not end in a checksum") }
            guard let version = try json.whole("version") else { throw JSONError(offset: 0, reason: "no version") }
            if version > Self.version { throw StorageError.newerForm(path: path, version: version, known: Self.version) }
            return try DatabaseState(json)
        } catch let error as JSONError {
            throw .damaged(path: path, offset: error.offset, reason: error.reason)
        } catch let error as StorageError {
            throw error
        } catch {
            preconditionFailure("BUG: a state that cannot be read for \(error)")
        }
    }

    func write(_ path: String, _ files: any FileSystem) throws(FileError) {
        try files.replace(path, with: json.sealed().indented)
    }

    private init(_ json: JSONValue) throws(JSONError) {
        guard case .bool(let adopted)? = json["adopted"] else { throw JSONError(offset: 0, reason: "does not say whether the folder is adopted") }
        isAdopted = adopted
        guard let reference = try json.whole("greatestReference"), reference >= 0 else {
            throw JSONError(offset: 0, reason: "no greatestReference")
        }
        greatestReference = UInt64(reference)
        emptiedUntil = try json.whole("emptiedUntil")
        safeSegment = try json["safe"]?.whole("wal").map { Int($0) }
        safeOutOfOrderSegment = try json["safe"]?.whole("wbl").map { Int($0) }
        guard let clock = json["clock"] else { return }
        trustedClock = try clock.whole("trusted")
        clockWaited = try clock.whole("waited")
    }

    init() {}

    private var json: JSONValue {
        var clock: [JSONValue.Member] = []
        if let trustedClock { clock.append(.init("trusted", JSONValue(trustedClock))) }
        if let clockWaited { clock.append(.init("waited", JSONValue(clockWaited))) }
        var members: [JSONValue.Member] = [
            .init("version", JSONValue(Self.version)),
            .init("adopted", .bool(isAdopted)),
            .init("greatestReference", JSONValue(Int64(clamping: greatestReference))),
        ]
        if let emptiedUntil { members.append(.init("emptiedUntil", JSONValue(emptiedUntil))) }
        var safe: [JSONValue.Member] = []
        if let safeSegment { safe.append(.init("wal", JSONValue(Int64(safeSegment)))) }
        if let safeOutOfOrderSegment { safe.append(.init("wbl", JSONValue(Int64(safeOutOfOrderSegment)))) }
        return .object(members + [.init("clock", .object(clock)), .init("safe", .object(safe))])
    }
}
