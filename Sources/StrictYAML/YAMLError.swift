/// Where something stands in a file: line and column count from 1, columns in Unicode scalars.
public struct YAMLPlace: Sendable, Hashable, CustomStringConvertible {
    public let file: String
    public let line: Int
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// What is wrong with a file, and where.
public struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    public let place: YAMLPlace
    public let message: String

    public init(_ place: YAMLPlace, _ message: String) {
        self.place = place
        self.message = message
    }

    public var description: String { "\(place): \(message)" }
}
