import Model

/// Takes a line about each query that was evaluated, or refused while it was.
public protocol QueryLog: Sendable {
    /// Whether lines are wanted.
    var isOn: Bool { get }
    /// Takes a line, with its end, and returns at once.
    func append(_ line: [UInt8])
}

/// A line of the query log, with Prometheus's members.
struct QueryLogLine {
    let query: AskedQuery
    let request: APIRequest
    let statistics: QueryStatistics
    let error: String?

    func bytes(at now: Timestamp) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("time", RFC3339.format(now))
            json.member("level", "INFO")
            json.member("source", "query log")
            json.member("msg", "promql query logged")
            json.key("params")
            append(query, to: &json)
            if let error { json.member("error", error) }
            json.key("stats")
            statistics.append(to: &json)
            // There is no tracing.
            json.member("spanID", "0000000000000000")
            json.key("httpRequest")
            json.object { json in
                json.member("clientIP", String(clientAddress))
                json.member("method", request.method)
                json.member("path", request.path)
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    private func append(_ query: AskedQuery, to json: inout JSONWriter) {
        json.object { json in
            json.member("end", RFC3339.format(query.through))
            json.member("query", query.text)
            json.member("start", RFC3339.format(query.from))
            json.member("step", query.step / 1000)
        }
    }

    /// Without the port.
    private var clientAddress: Substring { request.client.lastIndex(of: ":").map { request.client[..<$0] } ?? Substring(request.client) }
}
