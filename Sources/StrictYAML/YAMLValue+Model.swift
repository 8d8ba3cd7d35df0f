import Model

extension YAMLValue {
    /// A duration such as `1m30s`, in milliseconds.
    public func duration() throws(YAMLError) -> Int64 {
        let text = try string()
        guard let milliseconds = PromDuration.parse(text) else {
            throw error("expected a duration such as 15s, 1m30s or 2h, found \"\(text)\"")
        }
        return milliseconds
    }

    /// A size such as `10MB`, in bytes; a unit counts 1024 of the one before.
    public func byteSize() throws(YAMLError) -> Int64 {
        let text = try string()
        // A file must name the unit, as Prometheus's must.
        guard text == "0" || text.hasSuffix("B"), let bytes = ByteSize.parse(text) else {
            throw error("expected a size with its unit, such as 512KB or 15MB, found \"\(text)\"")
        }
        return bytes
    }

    /// A mapping of label names to values.
    public func labels(_ validation: NameValidation = .utf8) throws(YAMLError) -> Labels {
        var builder = LabelsBuilder()
        for (name, place, value) in try entries() {
            guard validation.acceptsLabel(name) else { throw YAMLError(place, "\(path): \"\(name)\" is not a valid label name") }
            builder.set(name, try value.string())
        }
        return builder.labels()
    }

    /// A regular expression in RE2's syntax, matched against whole texts.
    public func regex() throws(YAMLError) -> LabelRegex {
        do {
            return try LabelRegex(try string())
        } catch let invalid as LabelRegex.Invalid {
            throw error(invalid.description)
        } catch let wrong as YAMLError {
            throw wrong
        } catch {
            throw self.error("\(error)")
        }
    }
}

extension YAMLMapping {
    public func duration(_ key: String) throws(YAMLError) -> Int64? { try given(key)?.duration() }
    public func byteSize(_ key: String) throws(YAMLError) -> Int64? { try given(key)?.byteSize() }
    public func filePath(_ key: String) throws(YAMLError) -> String? {
        guard let value = given(key), case let path = try value.filePath(), !path.isEmpty else { return nil }
        return path
    }
    public func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ type: Choice.Type) throws(YAMLError) -> Choice?
    where Choice.RawValue == String {
        try given(key)?.choice(type)
    }
}
