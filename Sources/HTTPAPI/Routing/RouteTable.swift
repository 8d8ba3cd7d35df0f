import Access
import Model

/// Finds the route of a path, and what counts its requests.
struct RouteTable: Sendable {
    struct Entry: Sendable {
        /// All of the same path; at least one.
        fileprivate(set) var routes: [Route]
        let metrics: HandlerMetrics

        /// The route that takes the method; nil if none does.
        func route(_ method: String) -> Route? { routes.first { $0.methods.contains(method) } }

        /// Whom an answer of this path is for, also one that says that the method is not the right one.
        func audience(_ method: String) -> Audience { (route(method) ?? routes[0]).audience }

        /// What the `Allow` header says.
        var allow: String { Set(routes.flatMap(\.methods) + ["OPTIONS"]).sorted().joined(separator: ", ") }
    }

    private var exact: [String: Entry] = [:]
    /// Those with a parameter in the path.
    private var patterns: [(segments: [Substring], entry: Entry)] = []

    init(_ routes: [Route], _ metrics: (_ handler: String) -> HandlerMetrics) {
        for route in routes {
            let segments = Self.segments(route.pattern)
            if !route.pattern.contains(":") {
                exact[route.pattern, default: Entry(routes: [], metrics: metrics(route.pattern))].routes.append(route)
            } else if let known = patterns.firstIndex(where: { $0.segments == segments }) {
                patterns[known].entry.routes.append(route)
            } else {
                patterns.append((segments, Entry(routes: [route], metrics: metrics(route.pattern))))
            }
        }
    }

    /// The route of a path and the parameter in it, which is empty for a route without one.
    func find(_ path: String) -> (entry: Entry, parameter: String)? {
        // The dictionary takes texts for the same that have other bytes.
        if let entry = exact[path], sameBytes(entry.routes[0].pattern, path) { return (entry, "") }
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
