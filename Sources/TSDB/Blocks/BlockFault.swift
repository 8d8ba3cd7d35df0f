/// Something in a block that is not as it should be.
public struct BlockFault: Hashable, Sendable, CustomStringConvertible {
    /// The file, or the block's folder where no file is to blame alone.
    public let path: String
    public let offset: Int
    public let reason: String

    public init(path: String, offset: Int, reason: String) {
        self.path = path
        self.offset = offset
        self.reason = reason
    }

    init(_ error: StorageError) {
        if case .damaged(let path, let offset, let reason) = error {
            self.init(path: path, offset: offset, reason: reason)
        } else {
            self.init(path: "", offset: 0, reason: error.description)
        }
    }

    public var description: String { "\(path), byte \(offset): \(reason)" }
}
