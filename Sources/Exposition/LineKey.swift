/// What names the series of a line from page to page, in place of its bytes: see ``Fingerprint``.
public struct LineKey: Hashable, Sendable {
    public let fingerprint: UInt64
    /// How many bytes.
    public let count: Int

    @inlinable
    public init(fingerprint: UInt64, count: Int) {
        self.fingerprint = fingerprint
        self.count = count
    }

    /// With the fingerprints of this process.
    public init(_ bytes: UnsafeRawBufferPointer) { self.init(fingerprint: Fingerprint.shared.of(bytes), count: bytes.count) }
}
