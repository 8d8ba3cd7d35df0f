/// A form in which a target may give its page, by the name that configuration files use.
public enum ExpositionProtocol: String, Sendable, CaseIterable {
    case protobuf = "PrometheusProto"
    case openMetrics100 = "OpenMetricsText1.0.0"
    case openMetrics001 = "OpenMetricsText0.0.1"
    case text100 = "PrometheusText1.0.0"
    case text004 = "PrometheusText0.0.4"

    /// What is asked for unless the configuration says otherwise, best first.
    public static let defaults: [ExpositionProtocol] = [.openMetrics100, .openMetrics001, .text100, .text004]

    public var format: PageFormat {
        switch self {
        case .protobuf: .protobuf
        case .openMetrics100, .openMetrics001: .openMetrics
        case .text100, .text004: .text
        }
    }

    /// Only the newer versions know how names are escaped.
    private func mediaType(_ escaping: String) -> String {
        switch self {
        case .protobuf: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
        case .openMetrics100: "application/openmetrics-text;version=1.0.0;escaping=\(escaping)"
        case .openMetrics001: "application/openmetrics-text;version=0.0.1"
        case .text100: "text/plain;version=1.0.0;escaping=\(escaping)"
        case .text004: "text/plain;version=0.0.4"
        }
    }

    /// The `Accept` header that asks for these protocols, the first most of all, and takes anything in the end. As Prometheus 3 sends it.
    /// `escaping` is one of `allow-utf-8`, `underscores`, `dots`, `values`.
    public static func acceptHeader(_ protocols: [ExpositionProtocol] = defaults, escaping: String = "allow-utf-8") -> String {
        // Prometheus counts down from one above the number of protocols it knows.
        var weight = 6
        var parts: [String] = []
        for wanted in protocols.prefix(5) {
            parts.append("\(wanted.mediaType(escaping));q=0.\(weight)")
            weight -= 1
        }
        return (parts + ["*/*;q=0.\(weight)"]).joined(separator: ",")
    }
}

/// Chooses the parser for a page.
public enum ContentType {
    /// The `Content-Type` names no format that we read, and there is no fallback.
    public struct Unsupported: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// The format that a `Content-Type` header names. A missing, malformed or foreign one is an error unless there is a fallback
    /// (`fallback_scrape_protocol`), as in Prometheus 3.
    public static func format(_ header: String?, fallback: ExpositionProtocol?) throws(Unsupported) -> PageFormat {
        let header = header ?? ""
        let mediaType = header.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        switch mediaType {
        case "text/plain": return .text
        case "application/openmetrics-text": return .openMetrics
        case "application/vnd.google.protobuf": return .protobuf
        default: break
        }
        if let fallback { return fallback.format }
        if header.isEmpty {
            throw Unsupported(
                description: "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target")
        }
        throw Unsupported(
            description: "received unsupported Content-Type \"\(header)\" and no fallback_scrape_protocol specified for target")
    }
}
