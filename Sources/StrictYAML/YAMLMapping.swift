/// A mapping whose keys have been checked; absent keys read as nil.
public struct YAMLMapping {
    /// The mapping itself, for errors about it as a whole.
    public let value: YAMLValue
    private let entries: [(key: String, keyPlace: YAMLPlace, value: YAMLValue)]
    private let known: [String]

    init(_ value: YAMLValue, _ entries: [(key: String, keyPlace: YAMLPlace, value: YAMLValue)], known: [String]) {
        self.value = value
        self.entries = entries
        self.known = known
    }

    /// The value of a key, even a null one; nil if the key is not there.
    public subscript(key: String) -> YAMLValue? {
        precondition(known.contains(key), "BUG: \(key) is read but not among the known keys")
        return entries.first { $0.key == key }?.value
    }

    /// The value of a key; nil if it is not there or null.
    public func given(_ key: String) -> YAMLValue? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }

    public func has(_ key: String) -> Bool { given(key) != nil }

    /// The keys that are there, in the order of the file.
    public var keys: [String] { entries.map(\.key) }

    public func keyPlace(_ key: String) -> YAMLPlace {
        entries.first { $0.key == key }?.keyPlace ?? value.place
    }

    /// An error about the mapping that points at one of its keys if it is there.
    public func error(at key: String, _ message: String) -> YAMLError {
        YAMLError(keyPlace(key), value.path.isEmpty ? message : "\(value.path): \(message)")
    }

    // Shorthands: nil if the key is absent or null.
    public func string(_ key: String) throws(YAMLError) -> String? { try self[key]?.string() }
    public func strings(_ key: String) throws(YAMLError) -> [String] { try self[key]?.strings() ?? [] }
    public func list(_ key: String) throws(YAMLError) -> [YAMLValue] { try self[key]?.list() ?? [] }
    public func bool(_ key: String) throws(YAMLError) -> Bool? { try given(key)?.bool() }
    public func integer(_ key: String, in range: ClosedRange<Int64> = 0...Int64.max) throws(YAMLError) -> Int64? {
        try given(key)?.integer(in: range)
    }
    public func number(_ key: String) throws(YAMLError) -> Double? { try given(key)?.number() }
}
