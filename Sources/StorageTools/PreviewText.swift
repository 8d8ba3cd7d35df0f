import Model
public import TSDB

extension RetentionPreview {
    /// `12 blocks of samples (1.5 GiB), from … to …`; nil if there is nothing to remove.
    public var text: String? {
        guard let oldest, let newest else { return nil }
        let times = "from \(RFC3339.formatShortest(oldest)) to \(RFC3339.formatShortest(newest))"
        return "\(blocks) \(blocks == 1 ? "block" : "blocks") of samples (\(ByteSize.rounded(Double(bytes)))), \(times)"
    }
}
