extension Block {
    /// The size of its index.
    public var indexBytes: Int { index.file.bytes.count }
}
