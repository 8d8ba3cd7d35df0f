/// How the web configuration and what it names are read, and how it is seen that one of them has changed.
public struct WebFiles: Sendable {
    /// What differs when a file has changed.
    public struct Stamp: Sendable, Hashable {
        public var size: Int64
        /// Nanoseconds since 1970.
        public var changed: Int64
        public var number: UInt64

        public init(size: Int64, changed: Int64, number: UInt64) {
            self.size = size
            self.changed = changed
            self.number = number
        }
    }

    /// The content of a file.
    public var read: @Sendable (_ path: String) throws -> [UInt8]
    /// Nil if there is no such file. Called often: it must not read the file.
    public var stamp: @Sendable (_ path: String) -> Stamp?

    public init(read: @escaping @Sendable (String) throws -> [UInt8], stamp: @escaping @Sendable (String) -> Stamp?) {
        self.read = read
        self.stamp = stamp
    }
}
