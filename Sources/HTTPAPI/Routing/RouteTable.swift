import Model

/// Finds the route of a path, and what counts its requests.
struct RouteTable: Sendable {
    struct Entry: Sendable {
        let route: Route
        let metrics: HandlerMetrics
    }

    private var exact: [String: Entry] = [:]
    /// Those with a parameter in the path.
    private var patterns: [(segments: [Substring], entry: Entry)] = []

    init(_ routes: [Route], _ metrics: (_ handler: String) -> HandlerMetrics) {
        for route in routes {
            let entry = Entry(route: route, metrics: metrics(route.pattern))
            if route.pattern.contains(":") { patterns.append((Self.segments(route.pattern), entry)) } else { exact[route.pattern] = entry }
        }
    }

    /// The route of a path and the parameter in it, which is empty for a route without one.
    func find(_ path: String) -> (entry: Entry, parameter: String)? {
        // The dictionary takes texts for the same that have other bytes.
        if let entry = exact[path], sameBytes(entry.route.pattern, path) { return (entry, "") }
        let segments = Self.segments(path)
        for (wanted, entry) in patterns {
            if let parameter = Self.match(wanted, segments) { return (entry, parameter) }
        }
        return nil
    }

    private static func segments(_ path: String) -> [Substring] { path.split(separator: "/", omittingEmptySubsequences: false) }

    private static func match(_ wanted: [Substring], _ path: [Substring]) -> String? {
        guard wanted.count == path.count else { return nil }
        var parameter = ""
        for (segment, given) in zip(wanted, path) {
            if segment.hasPrefix(":") {
                guard !given.isEmpty, let text = Percent.decode(given.utf8, plusIsSpace: false) else { return nil }
                parameter = text
            } else if !segment.utf8.elementsEqual(given.utf8) {
                return nil
            }
        }
        return parameter
    }
}
