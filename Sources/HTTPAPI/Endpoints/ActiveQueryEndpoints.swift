import Access
import Model
import PromQL

/// `status/active_queries`, and `admin/queries/<id>`, which ends one of them.
extension Endpoints {
    var queryAdministration: [Route] { [Route("/api/v1/admin/queries/:id", ["DELETE"], for: .admin, on: .loop, by: endQuery)] }

    func activeQueries(_ call: APICall) async throws(APIError) -> APIResponse {
        let jobs = queries.active.all
        let now = clock.monotonic()
        return .success { json in
            json.object { json in
                json.key("queries")
                json.array { json in
                    for job in jobs { job.append(at: now, to: &json) }
                }
            }
        }
    }

    private func endQuery(_ call: APICall) async throws(APIError) -> APIResponse {
        guard options.enableAdminAPI else { throw APIError(.unavailable, "admin APIs disabled") }
        guard let id = UInt64(call.parameter), queries.active.end(id, .administrator) else {
            throw APIError(.notFound, "no query of the id \(quoted(call.parameter)) is running or waiting")
        }
        note(Deed(action: "query.end", object: "\(id)"), call)
        return .nothing
    }
}

extension QueryJob {
    /// - Parameter now: by the monotonic clock.
    fileprivate func append(at now: Int64, to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("query", query?.text ?? "")
            json.member("kind", query?.kind.rawValue ?? "")
            json.member("client", client)
            json.member("startTime", RFC3339.formatShortest(started.time))
            json.member("ageSeconds", number: Double(now - started.monotonic) / 1e9)
            json.member("state", state.rawValue)
            json.member("bytes", meter.bytes)
            json.member("peakBytes", meter.peakBytes)
        }
    }
}
