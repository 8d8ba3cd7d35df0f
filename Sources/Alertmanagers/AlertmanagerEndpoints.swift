import Model
import Scraping

/// The addresses of an entry's receivers.
struct AlertmanagerEndpoints {
    static let schemeLabel = "__scheme__"
    static let pathLabel = "__alerts_path__"

    /// Each once, in the order in which they were found.
    private(set) var active: [String] = []
    /// What relabelling has dropped, by the address it would have had.
    private(set) var dropped: [String] = []
    private(set) var problems: [String] = []

    init(_ groups: [TargetGroup], of entry: AlertmanagerConfiguration) {
        for group in groups {
            for (number, target) in group.targets.enumerated() {
                do throws(ScrapeError) {
                    try add(target, group.labels, entry)
                } catch {
                    problems.append("instance \(number) in group \(group.source): \(error)")
                }
            }
        }
    }

    private mutating func add(_ target: Labels, _ shared: Labels, _ entry: AlertmanagerConfiguration) throws(ScrapeError) {
        // A group may bring scheme and path of its own, a single target not: Prometheus's order.
        var builder = LabelsBuilder(target)
        builder.set(Self.schemeLabel, entry.scheme)
        builder.set(Self.pathLabel, Self.path(entry.pathPrefix))
        for label in shared where target[label.name] == nil { builder.set(label.name, label.value) }
        let found = builder
        guard Relabeller.apply(entry.relabelling, to: &builder) else { return dropped.append(Self.url(found)) }
        guard let address = builder[TargetGroup.addressLabel] else { throw ScrapeError("no address") }
        guard !address.contains("/") else { throw ScrapeError("\(quoted(address)) is not a valid hostname") }
        let url = Self.url(builder)
        if !active.contains(where: { sameBytes($0, url) }) { active.append(url) }
    }

    /// `/prefix/api/v2/alerts`, without empty elements.
    private static func path(_ prefix: String) -> String {
        (prefix.split(separator: "/") + ["api", "v2", "alerts"]).reduce("") { $0 + "/" + $1 }
    }

    private static func url(_ labels: LabelsBuilder) -> String {
        TargetURL(scheme: labels[schemeLabel] ?? "", address: labels[TargetGroup.addressLabel] ?? "", path: labels[pathLabel] ?? "").description
    }
}
