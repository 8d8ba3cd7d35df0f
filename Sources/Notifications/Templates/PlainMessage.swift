import Model
import Notifier

/// What is told without any template.
enum PlainMessage {
    /// Of more alerts only the number is told.
    private static let most = 20

    static func text(_ notification: Notification) -> String {
        var lines = ["\(notification.isFiring ? "FIRING" : "RESOLVED"): \(notification.items.count) alerts"]
        lines += notification.items.prefix(most).map(line)
        if notification.items.count > most { lines.append("and \(notification.items.count - most) more") }
        lines.append(notification.externalAddress + "/alerts")
        return lines.joined(separator: "\n")
    }

    private static func line(_ item: Delivery.Item) -> String {
        let labels = item.labels.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
        let summary = item.annotations.first { $0.name == "summary" }.map { ": \($0.value)" } ?? ""
        let end = item.endsAt.map { ", over since \(RFC3339.formatShortest($0))" } ?? ""
        return "- \(labels)\(summary), since \(RFC3339.formatShortest(item.startsAt))\(end)"
    }
}
