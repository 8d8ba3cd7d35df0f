import Catalog
import Foundation
import HTTPAPI
import Model
import PromQL
import Rules
import Runtime
import Scraping
import TSDB

/// The command line's words turned into the parts' options.
struct ServeSettings {
    let options: ServeOptions
    var database = DatabaseOptions()
    var engine = EngineOptions()
    var http = HTTPServerOptions()
    var rules = RuleOptions()
    var catalog = CatalogOptions()
    /// Bytes of a page that are refused where its job sets no limit.
    private(set) var maxBodySize: Int64 = 0
    /// Whether the web configuration says so, which is read later than the flags.
    var speaksTLS = false
    private(set) var keepsExemplars = false
    /// Whether starts of series that pages and remote writes tell are stored as zeros.
    private(set) var ingestsStarts = false
    private(set) var evaluatesRulesSideBySide = false
    /// What was asked for on the command line and does nothing: name and consequence.
    private(set) var withoutEffect: [String] = []

    /// What a flag says makes no sense.
    struct Invalid: Error, CustomStringConvertible {
        let flag: String
        let value: String
        let expected: String
        var description: String { "--\(flag)=\(value): expected \(expected)" }
    }

    init(_ options: ServeOptions) throws(Invalid) {
        self.options = options
        try readStorage()
        try readQuery()
        try readRules()
        try readWeb()
        try readScraping()
    }

    private mutating func readScraping() throws(Invalid) {
        guard let bytes = ByteSize.parse(options.maxBodySize), bytes > 0, bytes <= ScrapeRequest.mostBytes else {
            throw Invalid(flag: "scrape.max-body-size", value: options.maxBodySize, expected: "a size of less than 512MB")
        }
        maxBodySize = Int64(bytes)
    }

    private mutating func readQuery() throws(Invalid) {
        engine.lookback = try duration("query.lookback-delta", options.lookback)
        engine.maxSamples = options.maxSamples
        engine.maxBytes = try memory("query.max-memory", options.maxMemory)
        for feature in options.features where !engine.features.enable(feature) {
            switch feature {
            case "exemplar-storage": keepsExemplars = true
            case "concurrent-rule-eval": evaluatesRulesSideBySide = true
            case "created-timestamp-zero-ingestion": ingestsStarts = true
            case "metadata-wal-records": database.head.recordsMetadata = true
            default: withoutEffect.append("--enable-feature=\(feature): there is no such feature here")
            }
        }
    }

    private mutating func readRules() throws(Invalid) {
        rules.outageTolerance = try duration("rules.alert.for-outage-tolerance", options.alertOutageTolerance)
        rules.forGracePeriod = try duration("rules.alert.for-grace-period", options.alertGracePeriod)
        rules.resendDelay = try duration("rules.alert.resend-delay", options.alertResendDelay)
        rules.maxConcurrentEvaluations = max(1, options.maxConcurrentRules)
    }

    private mutating func readWeb() throws(Invalid) {
        let (host, port) = try address(options.listenAddress)
        http.host = host
        http.port = port
        http.externalURL = options.externalURL
        http.routePrefix = prefix()
        http.corsOrigin = options.corsOrigin
        http.enableLifecycle = options.enableLifecycle
        http.enableAdminAPI = options.enableAdminAPI
        http.queryTimeout = try duration("query.timeout", options.queryTimeout)
        http.maxConcurrency = options.maxConcurrency
        http.maxWaiting = options.maxWaiting
    }

    func duration(_ flag: String, _ text: String) throws(Invalid) -> Int64 {
        guard let milliseconds = PromDuration.parse(text), milliseconds > 0 else {
            throw Invalid(flag: flag, value: text, expected: "a duration such as 30s or 5m")
        }
        return milliseconds
    }

    /// Bytes.
    func memory(_ flag: String, _ text: String) throws(Invalid) -> Int {
        if text.hasSuffix("%"), let percentage = Double(text.dropLast()), percentage > 0, percentage <= 100 {
            guard let all = MachineMemory.bytes({ ProcessReport.text($0) }) else { return .max }
            return Int(Double(all) * percentage / 100)
        }
        guard let bytes = ByteSize.parse(text), bytes > 0 else {
            throw Invalid(flag: flag, value: text, expected: "a size such as 512MB, or a share of the machine's memory such as 25%")
        }
        return Int(clamping: bytes)
    }

    private func address(_ text: String) throws(Invalid) -> (String, Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port) else {
            throw Invalid(flag: "web.listen-address", value: text, expected: "host:port")
        }
        let host = text[..<colon]
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
        return (bare.isEmpty ? "0.0.0.0" : String(bare), port)
    }

    /// The address users reach the server by, without a slash at the end.
    var externalURL: String {
        var url = options.externalURL ?? "\(speaksTLS ? "https" : "http")://\(HostName.current):\(http.port)"
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    /// `/prefix` without a slash at the end, from the flag or from the path of the external URL.
    private func prefix() -> String {
        var path = options.routePrefix ?? ""
        if options.routePrefix == nil, let url = options.externalURL, let scheme = url.range(of: "://") {
            path = url[scheme.upperBound...].firstIndex(of: "/").map { String(url[$0...]) } ?? ""
        }
        while path.hasSuffix("/") { path.removeLast() }
        return path.isEmpty || path.hasPrefix("/") ? path : "/" + path
    }
}
