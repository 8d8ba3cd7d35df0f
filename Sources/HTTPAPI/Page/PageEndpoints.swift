import Access
import Model
import PromQL

/// The web page: a query form with its answer, the targets, the status. Rendered here; a browser needs no scripts.
extension Endpoints {
    var pages: [Route] {
        let looks = ["GET", "HEAD"]
        return [
            Route("/", looks, for: .viewer, by: queryPage), Route("/graph", looks, for: .viewer, by: queryPage),
            Route("/query", looks, for: .viewer, by: queryPage),
            Route("/targets", looks, for: .viewer, by: targetsPage), Route("/status", looks, for: .viewer, by: statusPage),
        ] + rulePages
    }

    private func queryPage(_ call: APICall) async throws(APIError) -> APIResponse {
        let query = call.form["g0.expr"]
        let range = call.form["g0.range_input"].isEmpty ? "1h" : call.form["g0.range_input"]
        let showsGraph = ["0", "graph"].contains(call.form["g0.tab"])
        var body = form(query, range, showsGraph: showsGraph)
        if query.isEmpty {
            body += targetsTable()
        } else {
            do {
                body += showsGraph ? try await graph(call, query, range) : try await table(call, query)
            } catch {
                body += "<p class=\"note error\">\(HTML.escape(error.message))</p>"
            }
        }
        return HTML.page(title: "Query", prefix: options.routePrefix, body: body)
    }

    private func form(_ query: String, _ range: String, showsGraph: Bool) -> String {
        """
        <form action="\(HTML.escape(options.routePrefix + "/graph"))"><textarea name=g0.expr aria-label="PromQL expression" \
        placeholder="sum by (job) (up)" spellcheck=false>\(HTML.escape(query))</textarea>
        <div class=row><select name=g0.tab aria-label="Show as"><option value=1>Table</option>\
        <option value=0\(showsGraph ? " selected" : "")>Graph</option></select>
        <label>over <input name=g0.range_input value="\(HTML.escape(range))"></label><button>Execute</button></div></form>
        """
    }

    private func table(_ call: APICall, _ query: String) async throws(APIError) -> String {
        let now = clock.now()
        let result = try await queries.run(for: call.request, query: AskedQuery(instant: query, at: now)) { [engine, source] job in
            try engine.instant(query, at: now, over: source, QueryOptions(stop: job.stop, meter: job.meter))
        }
        return notes(result) + AnswerTable.html(result.value)
    }

    private func graph(_ call: APICall, _ query: String, _ range: String) async throws(APIError) -> String {
        guard let length = PromDuration.parse(range), length > 0 else { throw .badData("\(quoted(range)) is not a duration such as 1h") }
        let step = max(1000, length / 240)
        // Steps at round times: the picture does not jitter when the page is loaded anew.
        let through = clock.now() / step * step
        let from = through - length
        let asked = AskedQuery(range: query, StepRange(from: from, through: through, step: step))
        let result = try await queries.run(for: call.request, query: asked) { [engine, source] job in
            try engine.range(query, from: from, through: through, step: step, over: source, QueryOptions(stop: job.stop, meter: job.meter))
        }
        guard case .matrix(let series) = result.value, !series.isEmpty else { return notes(result) + AnswerTable.nothing }
        let legend = series.prefix(Plot.seriesLimit).enumerated().map { index, one in
            "<li><i style=\"background:\(Plot.color(index))\"></i>\(HTML.escape(AnswerTable.name(one.labels)))</li>"
        }
        let more = series.count > legend.count ? "<p class=dim>The first \(legend.count) of \(series.count) series are shown.</p>" : ""
        let plot = Plot(series: series, from: from, through: through, step: step)
        return notes(result) + plot.svg() + "<ul class=legend>\(legend.joined())</ul>" + more
    }

    private func notes(_ result: QueryResult) -> String {
        (result.warnings + result.infos).map { "<p class=note>\(HTML.escape($0))</p>" }.joined()
    }

    private func targetsPage(_ call: APICall) async throws(APIError) -> APIResponse {
        HTML.page(title: "Targets", prefix: options.routePrefix, body: targetsTable())
    }

    private func targetsTable() -> String {
        let targets = state.targets().active
        guard !targets.isEmpty else { return "<h2>Targets</h2><p class=dim>No targets.</p>" }
        let now = clock.now()
        let rows = targets.map { target in
            let last = target.lastScrape.map { "\(PromDuration.format(max(0, now - $0) / 1000 * 1000)) ago" } ?? "never"
            let error = target.lastError.isEmpty ? "" : "<div class=down>\(HTML.escape(target.lastError))</div>"
            return """
                <tr><td><a href="\(HTML.escape(target.scrapeURL))" rel=noreferrer>\(HTML.escape(target.scrapeURL))</a>\(error)\(overrun(target.page))\
                <div class=dim>\(HTML.escape(target.labels.description))</div></td><td>\(HTML.escape(target.scrapePool))</td>\
                <td class=\(target.health.rawValue)>\(target.health.rawValue)</td><td>\(last)</td>\
                <td class=v>\(FloatFormat.plain((target.lastScrapeDuration * 1e4).rounded() / 10)) ms</td>\
                <td class=v>\(size(target.page))</td><td class=v>\(target.page.samples)</td><td class=v>\(target.page.seriesAdded)</td></tr>
                """
        }
        let up = targets.filter { $0.health == .up }.count
        return """
            <h2>Targets, \(up) of \(targets.count) up</h2><div class=scroll><table><tr><th>Target<th>Job<th>Health<th>Last scrape<th>Took\
            <th>Size (sent)<th>Samples<th>New series</tr>\
            \(rows.joined())</table></div>
            """
    }

    private func overrun(_ page: TargetReport.Page) -> String {
        guard page.seriesRefused > 0 else { return "" }
        let metrics = page.refusedMetrics.map { "\($0.metric) (\($0.count))" }.joined(separator: ", ")
        let text = "\(page.seriesRefused) series are not stored, as there is no room for new ones; the most of \(metrics)"
        return "<div class=down>\(HTML.escape(text))</div>"
    }

    private func size(_ page: TargetReport.Page) -> String {
        if page.bytes < 0 { return "too large" }
        let size = ByteSize.rounded(Double(page.bytes))
        return page.packedBytes == page.bytes ? size : "\(size) (\(ByteSize.rounded(Double(page.packedBytes))))"
    }

    private func statusPage(_ call: APICall) async throws(APIError) -> APIResponse {
        let build = state.build()
        let runtime = state.runtime()
        let facts = [
            ("Version", build.version), ("Started", RFC3339.formatShortest(runtime.startTime)), ("Host", runtime.hostname),
            ("Folder", runtime.workingDirectory), ("Retention", runtime.storageRetention),
            ("Configuration", (runtime.reloadSucceeded ? "loaded " : "refused; in force since ") + RFC3339.formatShortest(runtime.lastReload)),
        ]
        let body = """
            <h2>Server</h2>\(rows(facts))\(storageSection(runtime))<h2>Queries</h2>\(activeTable())<h2>Configuration</h2><pre>\(HTML.escape(state.configuration()))</pre>\
            <h2>Flags</h2>\(rows(state.flags().sorted { precedes($0.key, $1.key) }.map { ($0.key, $0.value) }))
            """
        return HTML.page(title: "Status", prefix: options.routePrefix, body: body)
    }

    private func storageSection(_ runtime: RuntimeReport) -> String {
        guard let storage else { return "" }
        return StorageSection(status: storage.status, forecast: storage.forecast, runtime: runtime).html
    }

    private func activeTable() -> String {
        let jobs = queries.active.all
        guard !jobs.isEmpty else { return "<p class=dim>None is running or waiting.</p>" }
        let now = clock.monotonic()
        let rows = jobs.map { job in
            """
            <tr><td class=v>\(job.id)</td><td><code>\(HTML.escape(job.query?.text ?? ""))</code></td><td>\(HTML.escape(job.client))</td>\
            <td>\(job.state.rawValue)</td><td class=v>\((now - job.started.monotonic) / 1_000_000) ms</td>\
            <td class=v>\(ByteSize.format(Int64(job.meter.bytes)))</td></tr>
            """
        }
        return "<div class=scroll><table><tr><th>Id<th>Query<th>Client<th>State<th>Age<th>Memory</tr>\(rows.joined())</table></div>"
    }

    private func rows(_ facts: [(String, String)]) -> String {
        let rows = facts.map { "<tr><th>\(HTML.escape($0.0))</th><td>\(HTML.escape($0.1))</td></tr>" }
        return "<div class=scroll><table>\(rows.joined())</table></div>"
    }
}

/// The answer of an instant query as a table.
enum AnswerTable {
    static let nothing = "<p class=note>No data.</p>"
    /// More rows than anyone reads would only make the page slow.
    private static let rowLimit = 1000

    static func name(_ labels: Labels) -> String { labels.isEmpty ? "{}" : labels.description }

    static func html(_ value: QueryValue) -> String {
        switch value {
        case .scalar(let sample): table([("scalar", FloatFormat.plain(sample.value))], of: 1)
        case .string(_, let text): table([("string", text)], of: 1)
        case .vector(let samples):
            table(samples.prefix(rowLimit).map { (name($0.labels), $0.histogram?.text ?? FloatFormat.api($0.sample.value)) }, of: samples.count)
        case .matrix(let series):
            table(series.prefix(rowLimit).map { (name($0.labels), "\($0.times.count) samples") }, of: series.count)
        }
    }

    private static func table(_ rows: [(String, String)], of count: Int) -> String {
        guard count > 0 else { return nothing }
        let text = rows.map { "<tr><td><code>\(HTML.escape($0.0))</code></td><td class=v>\(HTML.escape($0.1))</td></tr>" }
        let more = count > rows.count ? "<p class=dim>The first \(rows.count) of \(count) are shown.</p>" : ""
        return "<h2>\(count) \(count == 1 ? "result" : "results")</h2><div class=scroll><table>\(text.joined())</table></div>\(more)"
    }
}
