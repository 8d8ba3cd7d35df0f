import Model

extension AlertReview {
    /// The review as lines for a terminal.
    ///
    /// - Parameter most: how many of each kind are shown.
    public func lines(showing most: Int = 20) -> [String] {
        section("Noisiest (how often, of how many alerts, half of them resolved within, longest)", activities.filter { $0.firings > 0 }, most) {
            activity in
            "\(activity.firings)×  \(activity.alerts)  \(text(activity.medianDuration))  \(text(activity.longestDuration))  \(activity.group)/\(activity.name)"
        } + section("Flapping (fired again within 10m)", flapping, most) { "\($0.returns)×  \($0.group)/\($0.name)" }
            + section("Never fired", neverFired, most) { "\($0.group)/\($0.name)" }
            + section("Without a runbook", withoutRunbook, most) { "\($0.group)/\($0.name)" }
    }

    private func section<Element>(_ title: String, _ elements: [Element], _ most: Int, _ line: (Element) -> String) -> [String] {
        var lines = ["\(title): \(elements.isEmpty ? "none" : "\(elements.count)")"]
        lines += elements.prefix(most).map { "  " + line($0) }
        if elements.count > most { lines.append("  … and \(elements.count - most) more") }
        return lines + [""]
    }

    private func text(_ milliseconds: Int64?) -> String { milliseconds.map { PromDuration.format($0 / 1000 * 1000) } ?? "–" }
}
