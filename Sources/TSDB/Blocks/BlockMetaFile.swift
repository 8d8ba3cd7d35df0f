public import Model

extension BlockMeta {
    /// Its name in a block's folder.
    public static let fileName = "meta.json"

    /// Reads the `meta.json` of a block's folder. Members that are not known are ignored. Throws `StorageError.file` if it cannot be read,
    /// `.newerForm` if it is of a tier in a form that is not known, and `.damaged` if it is no JSON, has another version than 1, lacks what a block
    /// needs, or fails the checksum that `write` adds. (One changed bit in a hint could make a block of late data one behind which the log is not
    /// read.) Files of other programs have none.
    ///
    /// A block goes by the name of its folder, whatever the file says: it is found, deleted and set aside under that name.
    public static func read(_ folder: String, _ files: any FileSystem) throws(StorageError) -> BlockMeta {
        let path = FilePath.join(folder, fileName)
        let bytes: [UInt8]
        do { bytes = try files.read(path) } catch { throw .file(error) }
        do {
            let json = try JSONValue(parsing: bytes)
            let members = try json.unsealed() ?? json
            if let version = try members["tier"]?.whole("version"), version > Fold.version {
                throw StorageError.newerForm(path: path, version: version, known: Fold.version)
            }
            var meta = try BlockMeta(members)
            if let name = folder.split(separator: "/").last, let ulid = ULID(String(name)) { meta.ulid = ulid }
            return meta
        } catch let error as JSONError {
            throw .damaged(path: path, offset: error.offset, reason: error.reason)
        } catch let error as StorageError {
            throw error
        } catch {
            preconditionFailure("BUG: a description that cannot be read for \(error)")
        }
    }

    /// Replaces the `meta.json` of a block's folder in one durable step. Members of others' come behind ours.
    public func write(_ folder: String, _ files: any FileSystem, with others: [JSONValue.Member] = []) throws(StorageError) {
        var json = json
        if case .object(let members) = json { json = .object(members + others) }
        do { try files.replace(FilePath.join(folder, Self.fileName), with: json.sealed().indented) } catch { throw .file(error) }
    }

    /// As Prometheus writes it, but for the checksum that is added behind, and before it what tells of a tier: empty lists, zeros of the statistics
    /// and false flags are left out.
    var json: JSONValue {
        let members: [JSONValue.Member] = [
            .init("ulid", .string(ulid.description)),
            .init("minTime", JSONValue(minTime)),
            .init("maxTime", JSONValue(maxTime)),
            .init("stats", stats.json),
            .init("compaction", compaction.json),
            .init("version", JSONValue(1)),
        ]
        return .object(members + (fold.map { [.init("tier", $0.json)] } ?? []))
    }

    /// Errors tell offset 0: the document as a whole is not what it should be.
    init(_ json: JSONValue) throws(JSONError) {
        guard case .object = json else { throw JSONError(offset: 0, reason: "no JSON object") }
        guard let version = try json.whole("version") else { throw JSONError(offset: 0, reason: "no version") }
        guard version == 1 else { throw JSONError(offset: 0, reason: "version \(version) of the block format; only version 1 is known") }
        guard let minTime = try json.whole("minTime"), let maxTime = try json.whole("maxTime") else {
            throw JSONError(offset: 0, reason: "no minTime or no maxTime")
        }
        guard minTime <= maxTime else { throw JSONError(offset: 0, reason: "minTime \(minTime) is behind maxTime \(maxTime)") }
        self.init(ulid: try json.name("ulid"), minTime: minTime, maxTime: maxTime)
        if let stats = json["stats"] { self.stats = try Stats(stats) }
        if let compaction = json["compaction"] { self.compaction = try Compaction(compaction) }
        guard let fold = json["tier"] else { return }
        self.fold = try Fold(fold)
        for time in [minTime, maxTime] where !Tier.seams.contains(time.earlier(by: 1)) || time.earlier(by: 1) % Tier.seam != 0 {
            throw JSONError(offset: 0, reason: "a tier's block that begins or ends at \(time), where no tier can")
        }
    }
}

extension BlockMeta.Fold {
    fileprivate var json: JSONValue {
        .object([
            .init("resolution", JSONValue(tier.resolution)), .init("version", JSONValue(Self.version)),
            .init("sources", .array(sources.map { .string($0.description) })),
        ])
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        let resolution = try json.whole("resolution")
        guard let tier = Tier.allCases.first(where: { $0.resolution == resolution }) else {
            throw JSONError(offset: 0, reason: "a resolution of \(resolution ?? 0) ms, which no tier has")
        }
        self.init(tier, sources: try json.names("sources", "a source"))
    }
}

extension BlockMeta.Stats {
    private static let members: [(String, any WritableKeyPath<Self, Int> & Sendable)] = [
        ("numSamples", \.samples), ("numFloatSamples", \.floatSamples), ("numHistogramSamples", \.histogramSamples),
        ("numSeries", \.series), ("numChunks", \.chunks), ("numTombstones", \.tombstones),
    ]

    fileprivate var json: JSONValue {
        .object(Self.members.filter { self[keyPath: $0.1] != 0 }.map { .init($0.0, JSONValue(self[keyPath: $0.1])) })
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        self.init()
        for (name, path) in Self.members {
            let count = try json.whole(name) ?? 0
            guard count >= 0 else { throw JSONError(offset: 0, reason: "\(name) is negative") }
            self[keyPath: path] = Int(count)
        }
    }
}

extension BlockMeta.Compaction {
    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = [.init("level", JSONValue(level))]
        if !sources.isEmpty { members.append(.init("sources", .array(sources.map { .string($0.description) }))) }
        if deletable { members.append(.init("deletable", .bool(true))) }
        if !parents.isEmpty { members.append(.init("parents", .array(parents.map(\.json)))) }
        if failed { members.append(.init("failed", .bool(true))) }
        if !hints.isEmpty { members.append(.init("hints", .array(hints.map { .string($0) }))) }
        return .object(members)
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        self.init()
        level = Int(try json.whole("level") ?? 1)
        sources = try json.names("sources", "a source")
        for parent in try json.list("parents") { parents.append(try BlockMeta.Parent(parent)) }
        for hint in try json.list("hints") {
            guard let text = hint.text else { throw JSONError(offset: 0, reason: "a hint that is no text") }
            hints.append(text)
        }
        deletable = json["deletable"]?.flag ?? false
        failed = json["failed"]?.flag ?? false
    }
}

extension BlockMeta.Parent {
    fileprivate var json: JSONValue {
        .object([
            .init("ulid", .string(ulid.description)), .init("minTime", JSONValue(minTime)), .init("maxTime", JSONValue(maxTime)),
        ])
    }

    fileprivate init(_ json: JSONValue) throws(JSONError) {
        self.init(ulid: try json.name("ulid"), minTime: try json.whole("minTime") ?? 0, maxTime: try json.whole("maxTime") ?? 0)
    }
}

extension JSONValue {
    /// Nil if the member is not there.
    func whole(_ name: String) throws(JSONError) -> Int64? {
        guard let member = self[name] else { return nil }
        guard let number = member.integer else { throw JSONError(offset: 0, reason: "\(name) is no whole number of 64 bits") }
        return number
    }

    fileprivate func name(_ name: String) throws(JSONError) -> ULID {
        guard let ulid = self[name]?.text.flatMap({ ULID($0) }) else { throw JSONError(offset: 0, reason: "\(name) is no ULID") }
        return ulid
    }

    fileprivate func names(_ name: String, _ what: String) throws(JSONError) -> [ULID] {
        var names: [ULID] = []
        for element in try list(name) {
            guard let ulid = element.text.flatMap({ ULID($0) }) else { throw JSONError(offset: 0, reason: "\(what) that is no ULID") }
            names.append(ulid)
        }
        return names
    }

    fileprivate func list(_ name: String) throws(JSONError) -> [JSONValue] {
        guard let member = self[name] else { return [] }
        guard let elements = member.elements else { throw JSONError(offset: 0, reason: "\(name) is no list") }
        return elements
    }
}
