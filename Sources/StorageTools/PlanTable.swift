import Model
public import TSDB

/// What `martlet tsdb plan` prints.
public enum PlanTable {
    private static let titles = ["", "KEPT", "A DAY", "FULL"]

    /// - Parameter disk: bytes of room for the data; nil: nobody asks when it will be full.
    public static func lines(_ load: StorageLoad, _ costs: StorageCosts, disk: Double? = nil) -> [String] {
        let plan = load.plan(costs)
        var lines = columns([titles] + rows(load, costs, plan))
        lines.append("memory: \(ByteSize.rounded(load.memoryBytes(costs))), queries come on top")
        lines.append(
            "disk: grows by \(ByteSize.rounded(plan.growth)) a day at first"
                + (plan.fullBytes.map { ", to \(ByteSize.rounded($0)) when all is full" } ?? ", without end"))
        if let disk {
            lines.append("\(ByteSize.rounded(disk)): " + (plan.time(until: disk).map { "full in \(StorageForecast.days($0))" } ?? "never full"))
        }
        return lines
    }

    private static func rows(_ load: StorageLoad, _ costs: StorageCosts, _ plan: StoragePlan) -> [[String]] {
        var index = (daily: 0.0, full: 0.0 as Double?)
        var rows = plan.parts.map { part in
            let daily = load.daily(part.tier, costs)
            let share = part.bytesPerDay > 0 ? daily.index / part.bytesPerDay : 0
            index.daily += daily.index
            index.full = index.full.flatMap { sum in part.fullBytes.map { sum + $0 * share } }
            return row(part.name, kept(part.keeps), daily.chunks, part.fullBytes.map { $0 * (1 - share) })
        }
        rows.append(row("index", "", index.daily, index.full))
        rows.append(row("log", "3h", nil, plan.fixedBytes))
        return rows + [row("all", "", plan.parts.reduce(0) { $0 + $1.bytesPerDay }, plan.fullBytes)]
    }

    private static func row(_ name: String, _ kept: String, _ daily: Double?, _ full: Double?) -> [String] {
        [name, kept, daily.map(ByteSize.rounded) ?? "", full.map(ByteSize.rounded) ?? "no end"]
    }

    private static func kept(_ time: Int64?) -> String { time.map(PromDuration.format) ?? "for good" }

    private static func columns(_ rows: [[String]]) -> [String] {
        let widths = titles.indices.map { column in rows.map { $0[column].utf8.count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - cell.utf8.count)
                return column == 0 ? cell + blanks : "   " + blanks + cell
            }.joined()
        }
    }
}
