import Logging
import Model
import TSDB

/// `admin/tsdb/…`: changes to the data, for those who were told to be allowed by `--web.enable-admin-api`.
extension Endpoints {
    var administration: [Route] {
        let changes = ["POST", "PUT"]
        return [
            Route("/api/v1/admin/tsdb/delete_series", changes, by: deleteSeries),
            Route("/api/v1/admin/tsdb/clean_tombstones", changes, by: cleanTombstones),
            Route("/api/v1/admin/tsdb/snapshot", changes, by: snapshot),
        ]
    }

    private func allowed() throws(APIError) -> any StorageAdministration {
        guard options.enableAdminAPI, let storage else { throw APIError(.unavailable, "admin APIs disabled") }
        return storage
    }

    private func deleteSeries(_ call: APICall) async throws(APIError) -> APIResponse {
        let storage = try allowed()
        guard !call.form.all("match[]").isEmpty else { throw .badData("no match[] parameter provided") }
        let range = TimeRange(
            from: try call.form.time("start", default: Parameters.earliest), through: try call.form.time("end", default: Parameters.latest))
        // `{}` stands for all series: unlike a query, which it could make far too large, a delete may well mean them.
        let selectors = try self.selectors(call.form, mayMatchEverything: true) { .invalid("match[]", $0) }
        let asked = ["match": call.form.all("match[]").joined(separator: " "), "from": "\(range.from)", "through": "\(range.through)"]
        told("series are deleted", call, asked)
        return try await queries.run(for: call.request.lasting) { _ in
            try storage.delete(selectors, range)
            return .nothing
        }
    }

    private func cleanTombstones(_ call: APICall) async throws(APIError) -> APIResponse {
        let storage = try allowed()
        told("tombstones are cleaned", call, [:])
        return try await queries.run(for: call.request.lasting) { _ in
            try storage.cleanTombstones()
            return .nothing
        }
    }

    private func snapshot(_ call: APICall) async throws(APIError) -> APIResponse {
        let storage = try allowed()
        let skip = call.form["skip_head"]
        let isTrue = ["1", "t", "T", "true", "True", "TRUE"].contains(skip)
        guard isTrue || ["", "0", "f", "F", "false", "False", "FALSE"].contains(skip) else {
            throw .invalid("skip_head", "unable to parse boolean: strconv.ParseBool: parsing \(quoted(skip)): invalid syntax")
        }
        let withHead = !isTrue
        told("a snapshot is made", call, ["skip_head": "\(!withHead)"])
        return try await queries.run(for: call.request.lasting) { _ in
            let name = try storage.snapshot(withHead: withHead)
            return .success { json in json.object { $0.member("name", name) } }
        }
    }

    /// What was asked for and from where: whoever looks for the reason of a gap finds it in the log.
    func told(_ what: String, _ call: APICall, _ fields: [String: String]) {
        var metadata = Logger.Metadata(uniqueKeysWithValues: fields.map { ($0.key, .string($0.value)) })
        metadata["client"] = .string(call.request.client)
        logger.notice("admin: \(what)", metadata: metadata)
    }
}
