public import TSDB

/// Blocks in columns, as `promtool tsdb list` shows them; where there are blocks of tiers, of which it knows nothing, with their tier behind. Of these
/// the samples are windows.
public enum BlockTable {
    private static let titles = ["BLOCK ULID", "MIN TIME", "MAX TIME", "DURATION", "NUM SAMPLES", "NUM CHUNKS", "NUM SERIES", "SIZE"]
    private static let tierTitle = "TIER"

    /// Lines, the titles first; nothing but the titles without blocks.
    public static func lines(_ blocks: [(meta: BlockMeta, bytes: Int)], readable: Bool) -> [String] {
        var rows = [titles] + blocks.map { row($0.meta, $0.bytes, readable) }
        if blocks.contains(where: { $0.meta.fold != nil }) {
            for (number, tier) in ([tierTitle] + blocks.map { $0.meta.fold?.tier.rawValue ?? "raw" }).enumerated() { rows[number].append(tier) }
        }
        // The least width is 13, and two blanks are between columns; the last is as wide as it is.
        let widths = rows[0].indices.map { column in max(13, (rows.map { $0[column].utf8.count }.max() ?? 0) + 2) }
        return rows.map { row in
            let cells = row.enumerated().dropLast().map { column, cell in
                cell + String(repeating: " ", count: widths[column] - cell.utf8.count)
            }
            return cells.joined() + (row.last ?? "")
        }
    }

    private static func row(_ meta: BlockMeta, _ bytes: Int, _ readable: Bool) -> [String] {
        let counts = [meta.stats.samples, meta.stats.chunks, meta.stats.series].map { "\($0)" }
        let times = [meta.minTime, meta.maxTime].map { readable ? GoForms.time($0) : "\($0)" }
        let length = GoForms.duration(milliseconds: meta.maxTime &- meta.minTime)
        return ["\(meta.ulid)"] + times + [length] + counts + [readable ? GoForms.size(bytes) : "\(bytes)"]
    }
}
