import Access
import Model
import TSDB

/// `admin/tsdb/…`: changes to the data, for those who were told to be allowed by `--web.enable-admin-api`.
extension Endpoints {
    var administration: [Route] {
        let changes = ["POST", "PUT"]
        return [
            Route("/api/v1/admin/tsdb/delete_series", changes, for: .admin, by: deleteSeries),
            Route("/api/v1/admin/tsdb/clean_tombstones", changes, for: .admin, by: cleanTombstones),
            Route("/api/v1/admin/tsdb/snapshot", changes, for: .admin, by: snapshot),
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
        let object = "\(call.form.all("match[]").joined(separator: " ")) from \(range.from) through \(range.through)"
        return try await audited(call, Deed(action: "series.delete", object: object)) { () throws(APIError) in
            try await queries.run(for: call.request.lasting) { _ in
                try storage.delete(selectors, range)
                return .nothing
            }
        }
    }

    private func cleanTombstones(_ call: APICall) async throws(APIError) -> APIResponse {
        let storage = try allowed()
        return try await audited(call, Deed(action: "tombstones.clean", object: "")) { () throws(APIError) in
            try await queries.run(for: call.request.lasting) { _ in
                try storage.cleanTombstones()
                return .nothing
            }
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
        return try await audited(call, Deed(action: "snapshot.create", object: withHead ? "blocks and head" : "blocks")) { () throws(APIError) in
            try await queries.run(for: call.request.lasting) { _ in
                let name = try storage.snapshot(withHead: withHead)
                return .success { json in json.object { $0.member("name", name) } }
            }
        }
    }
}
