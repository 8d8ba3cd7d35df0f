import Access
public import Model

/// Takes a line about each query that was evaluated, or refused while it was.
public protocol QueryLog: Sendable {
    /// Whether lines are wanted.
    var isOn: Bool { get }
    /// Takes a line, with its end, and returns at once.
    func append(_ line: [UInt8])
}

/// A line of the query log, with Prometheus's members.
struct QueryLogLine {
    /// Who has asked.
    enum Origin {
        case request(APIRequest)
        case rules(file: String, group: String)
    }

    let query: AskedQuery
    let origin: Origin
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
            append(origin, to: &json)
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

    private func append(_ origin: Origin, to json: inout JSONWriter) {
        switch origin {
        case .request(let request):
            json.key("httpRequest")
            json.object { json in
                json.member("clientIP", request.address)
                json.member("method", request.method)
                json.member("path", request.path)
                if let login = request.login { json.member("user", login.name) }
            }
        case .rules(let file, let group):
            json.key("ruleGroup")
            json.object { json in
                json.member("file", file)
                json.member("name", group)
            }
        }
    }
}

/// A rule's query for the log: its line differs from that of a request in what it says of who has asked.
public struct RuleQueryRecord: Sendable {
    private let query: AskedQuery
    private let origin: QueryLogLine.Origin
    private let statistics: QueryStatistics
    private let error: String?

    /// - Parameters:
    ///   - evaluated: nanoseconds.
    ///   - error: why there is no answer.
    public init(_ query: String, at time: Timestamp, file: String, group: String, evaluated: Int64, samplesRead: Int, error: String?) {
        self.query = AskedQuery(instant: query, at: time)
        origin = .rules(file: file, group: group)
        statistics = QueryStatistics(queued: 0, evaluated: evaluated, samplesRead: samplesRead)
        self.error = error
    }

    /// - Parameter now: the time of the line.
    public func append(to log: any QueryLog, at now: Timestamp) {
        log.append(QueryLogLine(query: query, origin: origin, statistics: statistics, error: error).bytes(at: now))
    }
}
