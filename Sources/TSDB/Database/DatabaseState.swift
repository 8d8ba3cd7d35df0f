import Model

/// What a data folder must remember from one start to the next and Prometheus's own files do not hold. It lies in `martlet.json`:
///
///     {"version": 2, "adopted": bool, "greatestReference": n, "emptiedUntil": ms, "clock": {"trusted": ms, "waited": ms},
///      "safe": {"wal": n, "wbl": n},
///      "tiers": {"raw": ms, "5m": ms, "1h": ms, "rules": [{"matchers": [{"kind": "=", "name": "…", "value": "…"}, …], "raw": ms, …}, …]},
///      "checksum": "CRC-32C"}
///
/// `tiers` tells up to where raw samples, and windows of each tier, are gone; what is missing there is not gone anywhere. It comes with version 2,
/// which a folder gets with its first block of a tier. A program that knows version 1 only must leave such a folder alone: it would take deletions
/// out of raw blocks and not out of the tiers, and would forget from where on raw samples answer. A folder of version 1 has no tiers yet.
///
/// The checksum (see `JSONValue.sealed`) is looked at first, so that a changed bit in the version is damage and not a later form.
/// Whoever takes the folder over can ignore it, or remove it: the folder then counts as written by another program.
struct DatabaseState: Equatable {
    static let version: Int64 = 2

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
    /// Whether there are, or were, blocks of tiers.
    var hasTiers = false
    /// Up to where finer data is gone, of series that no rule matches.
    var floors = TierFloors()
    /// The same of those that rules match, now or in the past.
    var rules: [RuleFloors] = []
    /// There was none on disk. Not written.
    var isNew = false

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
        trustedClock = try json["clock"]?.whole("trusted")
        clockWaited = try json["clock"]?.whole("waited")
        guard let tiers = json["tiers"] else { return }
        hasTiers = true
        floors = try TierFloors(tiers)
        rules = try (tiers["rules"]?.elements ?? []).map { rule throws(JSONError) in try RuleFloors(rule) }
    }

    init() {}

    private var json: JSONValue {
        var clock: [JSONValue.Member] = []
        if let trustedClock { clock.append(.init("trusted", JSONValue(trustedClock))) }
        if let clockWaited { clock.append(.init("waited", JSONValue(clockWaited))) }
        var members: [JSONValue.Member] = [
            .init("version", JSONValue(hasTiers ? Self.version : 1)),
            .init("adopted", .bool(isAdopted)),
            .init("greatestReference", JSONValue(Int64(clamping: greatestReference))),
        ]
        if let emptiedUntil { members.append(.init("emptiedUntil", JSONValue(emptiedUntil))) }
        var safe: [JSONValue.Member] = []
        if let safeSegment { safe.append(.init("wal", JSONValue(Int64(safeSegment)))) }
        if let safeOutOfOrderSegment { safe.append(.init("wbl", JSONValue(Int64(safeOutOfOrderSegment)))) }
        let tiers = floors.members + [.init("rules", .array(rules.map(\.json)))]
        members += [.init("clock", .object(clock)), .init("safe", .object(safe))]
        return .object(members + (hasTiers ? [.init("tiers", .object(tiers))] : []))
    }
}

extension TierFloors {
    private static let names: [(String, any WritableKeyPath<Self, Timestamp> & Sendable)] = [
        ("raw", \.raw), ("5m", \.fiveMinutes), ("1h", \.hour),
    ]

    fileprivate var members: [JSONValue.Member] {
        Self.names.filter { self[keyPath: $0.1] != .min }.map { .init($0.0, JSONValue(self[keyPath: $0.1])) }
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        self.init()
        for (name, path) in Self.names {
            guard let floor = try json.whole(name) else { continue }
            guard floor % Tier.seam == 0 else { throw JSONError(offset: 0, reason: "\(name) is no full hour") }
            self[keyPath: path] = floor
        }
    }
}

extension RuleFloors {
    fileprivate var json: JSONValue {
        let matchers = matchers.map { matcher in
            JSONValue.object([
                .init("kind", .string(matcher.kind.rawValue)), .init("name", .string(matcher.name)), .init("value", .string(matcher.value)),
            ])
        }
        return .object([.init("matchers", .array(matchers))] + floors.members)
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        var matchers: [Matcher] = []
        for matcher in json["matchers"]?.elements ?? [] {
            guard let kind = matcher["kind"]?.text.flatMap({ Matcher.Kind(rawValue: $0) }), let name = matcher["name"]?.text,
                let value = matcher["value"]?.text, let known = try? Matcher(kind, name, value)
            else { throw JSONError(offset: 0, reason: "a rule with a matcher that cannot be read") }
            matchers.append(known)
        }
        self.init(matchers: matchers, floors: try TierFloors(json))
    }
}
