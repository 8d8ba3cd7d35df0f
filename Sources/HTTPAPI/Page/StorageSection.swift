import Model
import TSDB

/// What the status page tells of the storage: what each tier holds, memory, growth, and when the disk will be full.
struct StorageSection {
    let status: DatabaseStatus
    let forecast: StorageForecast
    let runtime: RuntimeReport

    var html: String {
        let rows = status.tiers.map(row).joined()
        return """
            <h2>Storage</h2><div class=scroll><table><tr><th>Tier<th>Blocks<th>Samples<th>Disk<th>From<th>To<th>Kept<th>Behind</tr>\(rows)</table></div>\
            <div class=scroll><table>\(facts.map { "<tr><th>\(HTML.escape($0.0))</th><td>\(HTML.escape($0.1))</td></tr>" }.joined())</table></div>
            """
    }

    private func row(_ tier: TierStatus) -> String {
        let cells = [
            "\(tier.blocks)", "\(tier.samples)", ByteSize.rounded(Double(tier.bytes)), tier.oldest.map(RFC3339.formatShortest) ?? "",
            tier.newest.map(RFC3339.formatShortest) ?? "", tier.retention.map(PromDuration.format) ?? "for good",
            tier.backlog > 0 ? PromDuration.format(tier.backlog / 1000 * 1000) : "",
        ]
        return "<tr><td>\(HTML.escape(tier.name))</td>\(cells.map { "<td class=v>\(HTML.escape($0))</td>" }.joined())</tr>"
    }

    private var facts: [(String, String)] {
        var facts = [
            ("Log and head", ByteSize.rounded(Double(status.sizes.wal + status.sizes.wbl + status.sizes.headChunks))),
            ("Disk in all", ByteSize.rounded(Double(status.sizes.total))),
            ("Growth", "\(ByteSize.rounded(forecast.plan.growth)) a day" + room),
        ]
        if runtime.residentBytes > 0 { facts.append(("Memory", ByteSize.rounded(Double(runtime.residentBytes)))) }
        if let folding = status.folding {
            let left = PromDuration.format(folding.left / 60_000 * 60_000)
            facts.append(("Folding", "tier \(folding.tier.rawValue), through \(RFC3339.formatShortest(folding.through)); \(left) to go"))
        }
        return facts
    }

    private var room: String {
        switch forecast.outlook {
        case .unknown: ""
        case .never: "; there is room for all that is kept"
        case .full(let time): "; full in \(StorageForecast.days(time))"
        }
    }
}
