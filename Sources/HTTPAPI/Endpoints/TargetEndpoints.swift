import Model
import PromQL

/// `targets`, `metadata` and `scrape_pools`: what is scraped and what it says of itself.
extension Endpoints {
    func targets(_ call: APICall) async throws(APIError) -> APIResponse {
        let report = state.targets()
        let wanted = call.form["state"].lowercased()
        let pool = call.form["scrapePool"]
        let showsActive = wanted.isEmpty || wanted == "any" || wanted == "active"
        let showsDropped = wanted.isEmpty || wanted == "any" || wanted == "dropped"
        func isWanted(_ name: String) -> Bool { pool.isEmpty || sameBytes(pool, name) }
        return .success { json in
            json.object { json in
                json.key("activeTargets")
                json.array { json in
                    for target in report.active where showsActive && isWanted(target.scrapePool) { target.append(to: &json) }
                }
                json.key("droppedTargets")
                json.array { json in
                    for target in report.dropped where showsDropped && isWanted(target.scrapePool) { target.append(to: &json) }
                }
                json.key("droppedTargetCounts")
                guard showsDropped else { return json.null() }
                json.object { json in
                    for (name, count) in report.droppedCounts.sorted(by: { precedes($0.key, $1.key) }) {
                        json.key(from: name)
                        json.integer(count)
                    }
                }
            }
        }
    }

    func scrapePools(_ call: APICall) async throws(APIError) -> APIResponse {
        let names = state.scrapePools().sorted(by: precedes)
        return .success { json in
            json.object { json in
                json.key("scrapePools")
                json.strings(names)
            }
        }
    }

    /// The effective configuration of one pool.
    func scrapePoolConfiguration(_ call: APICall) async throws(APIError) -> APIResponse {
        let pool = try scrapePool(call.form)
        guard let yaml = state.configuration(ofPool: pool) else { throw Self.unknownPool(pool) }
        return .success { json in json.object { $0.member("yaml", yaml) } }
    }

    /// What each relabelling rule of a pool makes of a target's labels before relabelling (`labels`, a JSON object).
    func relabelSteps(_ call: APICall) async throws(APIError) -> APIResponse {
        let pool = try scrapePool(call.form)
        let labels = try labels(call.form["labels"])
        guard let steps = state.relabelSteps(of: labels, inPool: pool) else { throw Self.unknownPool(pool) }
        return .success { json in
            json.object { json in
                json.key("steps")
                json.array { json in
                    for step in steps { step.append(to: &json) }
                }
            }
        }
    }

    private func scrapePool(_ form: FormValues) throws(APIError) -> String {
        guard !form["scrapePool"].isEmpty else { throw .badData("no scrapePool parameter provided") }
        return form["scrapePool"]
    }

    private static func unknownPool(_ name: String) -> APIError { APIError(.notFound, "there is no scrape pool \(quoted(name))") }

    private func labels(_ text: String) throws(APIError) -> Labels {
        guard !text.isEmpty else { throw .badData("no labels parameter provided") }
        let value: JSONValue
        do { value = try JSONValue(parsing: Array(text.utf8)) } catch { throw .invalid("labels", "\(error)") }
        guard case .object(let members) = value else { throw .invalid("labels", "they must be a JSON object") }
        var builder = LabelsBuilder()
        for member in members {
            guard let value = member.value.text else { throw .invalid("labels", "the value of \(quoted(member.name)) must be a text") }
            guard LabelNames.isValid(member.name) else { throw .invalid("labels", "an empty label name") }
            builder.set(member.name, value)
        }
        return builder.labels()
    }

    /// `{name: [{type, unit, help}]}`: what targets agree on is listed once.
    func metadata(_ call: APICall) async throws(APIError) -> APIResponse {
        let limit = try metadataLimit(call.form, "limit")
        let limitPerMetric = try metadataLimit(call.form, "limit_per_metric")
        let wanted = call.form["metric"]
        var families: [String: [Metadata]] = [:]
        for report in state.metadata() where wanted.isEmpty || sameBytes(report.metric, wanted) {
            if families[report.metric]?.contains(report.metadata) != true { families[report.metric, default: []].append(report.metadata) }
        }
        let names = families.keys.sorted(by: precedes).prefix(limit > 0 ? limit : .max)
        return .success { json in
            json.object { json in
                for name in names {
                    json.key(from: name)
                    json.array { json in
                        for metadata in (families[name] ?? []).prefix(limitPerMetric > 0 ? limitPerMetric : .max) { metadata.append(to: &json) }
                    }
                }
            }
        }
    }

    /// Metadata by target; `match_target` selects targets by their labels.
    func targetsMetadata(_ call: APICall) async throws(APIError) -> APIResponse {
        let limit = try metadataLimit(call.form, "limit")
        let metric = call.form["metric"]
        var matchers: [Matcher] = []
        if !call.form["match_target"].isEmpty {
            do { matchers = try PromQLParser.parseSeriesSelector(call.form["match_target"]) } catch { throw .invalid("match_target", "\(error)") }
        }
        let reports = state.metadata().filter { report in
            (metric.isEmpty || sameBytes(report.metric, metric)) && matchers.allSatisfy { $0.matches(report.target[$0.name] ?? "") }
        }
        return .success { json in
            json.array { json in
                for report in reports.prefix(limit > 0 ? limit : .max) { report.append(namingMetric: metric.isEmpty, to: &json) }
            }
        }
    }

    private func metadataLimit(_ form: FormValues, _ name: String) throws(APIError) -> Int {
        guard !form[name].isEmpty else { return -1 }
        do { return try Parameters.integer(form[name]) } catch { throw .badData("\(name) must be a number") }
    }

    func alertmanagers(_ call: APICall) async throws(APIError) -> APIResponse {
        let report = state.alertmanagers()
        func append(_ urls: [String], to json: inout JSONWriter) {
            json.array { json in
                for url in urls { json.object { $0.member("url", url) } }
            }
        }
        return .success { json in
            json.object { json in
                json.key("activeAlertmanagers")
                append(report.active, to: &json)
                json.key("droppedAlertmanagers")
                append(report.dropped, to: &json)
            }
        }
    }
}

extension TargetReport {
    func append(to json: inout JSONWriter) {
        json.object { json in
            json.key("discoveredLabels")
            json.labels(discoveredLabels)
            json.key("labels")
            json.labels(labels)
            json.member("scrapePool", scrapePool)
            json.member("scrapeUrl", scrapeURL)
            json.member("globalUrl", globalURL)
            json.member("lastError", lastError)
            json.member("lastScrape", lastScrape.map(RFC3339.formatShortest) ?? RFC3339.never)
            json.member("lastScrapeDuration", number: lastScrapeDuration)
            json.member("health", health.rawValue)
            json.member("scrapeInterval", PromDuration.format(scrapeInterval))
            json.member("scrapeTimeout", PromDuration.format(scrapeTimeout))
            page.append(to: &json)
        }
    }
}

extension TargetReport.Page {
    /// Keys that Prometheus does not have.
    fileprivate func append(to json: inout JSONWriter) {
        json.member("lastScrapeBytes", bytes)
        json.member("lastScrapeCompressedBytes", packedBytes)
        json.member("lastScrapeSamples", samples)
        json.member("lastScrapeSeriesAdded", seriesAdded)
        json.member("seriesRefused", seriesRefused)
        json.key("seriesRefusedMetrics")
        json.array { json in
            for (metric, count) in refusedMetrics {
                json.object { json in
                    json.member("metric", metric)
                    json.member("series", count)
                }
            }
        }
    }
}

extension RelabelStepReport {
    func append(to json: inout JSONWriter) {
        json.object { json in
            json.key("rule")
            json.withBytes { $0 += rule.compact }
            json.key("output")
            json.labels(output ?? .empty)
            json.member("keep", output != nil)
        }
    }
}

extension DroppedTargetReport {
    func append(to json: inout JSONWriter) {
        json.object { json in
            json.key("discoveredLabels")
            json.labels(discoveredLabels)
            json.member("scrapePool", scrapePool)
        }
    }
}

extension Metadata {
    func append(to json: inout JSONWriter) {
        json.object { json in
            json.member("type", type.rawValue)
            json.member("unit", unit)
            json.member("help", help)
        }
    }
}

extension MetadataReport {
    func append(namingMetric: Bool, to json: inout JSONWriter) {
        json.object { json in
            json.key("target")
            json.labels(target)
            if namingMetric { json.member("metric", metric) }
            json.member("type", metadata.type.rawValue)
            json.member("help", metadata.help)
            json.member("unit", metadata.unit)
        }
    }
}
