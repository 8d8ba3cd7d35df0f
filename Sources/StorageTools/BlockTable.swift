public import TSDB

/// Blocks in columns, as `promtool tsdb list` shows them.
public enum BlockTable {
    private static let titles = ["BLOCK ULID", "MIN TIME", "MAX TIME", "DURATION", "NUM SAMPLES", "NUM CHUNKS", "NUM SERIES", "SIZE"]

    /// Lines, the titles first; nothing but the titles without blocks.
    public static func lines(_ blocks: [(meta: BlockMeta, bytes: Int)], readable: Bool) -> [String] {
        let rows = [titles] + blocks.map { row($0.meta, $0.bytes, readable) }
        // The least width is 13, and two blanks are between columns; the last is as wide as it is.
        let widths = titles.indices.map { column in max(13, (rows.map { $0[column].utf8.count }.max() ?? 0) + 2) }
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
