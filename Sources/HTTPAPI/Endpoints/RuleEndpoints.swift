import Model
import PromQL

/// `rules` and `alerts`. Rules are not evaluated yet, so both are empty; what is wrong with the question is still told.
extension Endpoints {
    func rules(_ call: APICall) async throws(APIError) -> APIResponse {
        let type = call.form["type"]
        guard ["", "alert", "record"].contains(type.lowercased()) else { throw .invalid("type", "not supported value \(quoted(type))") }
        let excludes = call.form["exclude_alerts"]
        guard excludes.isEmpty || Self.booleans.contains(excludes) else {
            throw .invalid("exclude_alerts", "error converting exclude_alerts: strconv.ParseBool: parsing \(quoted(excludes)): invalid syntax")
        }
        for selector in call.form.all("match[]") {
            do { _ = try PromQLParser.parseSeriesSelector(selector) } catch { throw .badData("\(error)") }
        }
        try checkPage(call.form)
        return .success { json in
            json.object { json in
                json.key("groups")
                json.array { _ in }
            }
        }
    }

    private func checkPage(_ form: FormValues) throws(APIError) {
        let limit = form["group_limit"]
        let token = form["group_next_token"]
        guard !limit.isEmpty else {
            guard token.isEmpty else {
                throw .invalid("group_next_token", "group_limit needs to be present in order to paginate over the groups")
            }
            return
        }
        guard let count = Int(limit) else {
            throw .invalid("group_limit", "group_limit needs to be a valid number: strconv.ParseInt: parsing \(quoted(limit)): invalid syntax")
        }
        guard count > 0 else { throw .invalid("group_limit", "group_limit needs to be greater than 0") }
        // There are no pages after the first.
        guard token.isEmpty else { throw .invalid("group_next_token", "invalid group_next_token '\(token)'. were rule groups changed?") }
    }

    func alerts(_ call: APICall) async throws(APIError) -> APIResponse {
        .success { json in
            json.object { json in
                json.key("alerts")
                json.array { _ in }
            }
        }
    }

    /// What Go's `ParseBool` takes.
    private static let booleans: Set<String> = ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"]
}
