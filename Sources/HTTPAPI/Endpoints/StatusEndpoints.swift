import Model

/// `status/…`: what the server is and how it is set.
extension Endpoints {
    var status: [Route] {
        [
            Route("/api/v1/status/buildinfo", by: buildInfo),
            Route("/api/v1/status/config", by: configuration),
            Route("/api/v1/status/flags", by: flags),
            Route("/api/v1/status/runtimeinfo", by: runtimeInfo),
            Route("/api/v1/status/tsdb", by: tsdbStatus),
        ]
    }

    func buildInfo(_ call: APICall) async throws(APIError) -> APIResponse {
        let build = state.build()
        return .success { build.append(to: &$0) }
    }

    /// The same without the envelope.
    func version(_ call: APICall) async throws(APIError) -> APIResponse {
        var json = JSONWriter()
        state.build().append(to: &json)
        return APIResponse(type: "text/plain; charset=utf-8", body: json.bytes)
    }

    private func configuration(_ call: APICall) async throws(APIError) -> APIResponse {
        let yaml = state.configuration()
        return .success { json in json.object { $0.member("yaml", yaml) } }
    }

    private func flags(_ call: APICall) async throws(APIError) -> APIResponse {
        let flags = state.flags().sorted { precedes($0.key, $1.key) }
        return .success { json in
            json.object { json in
                for (name, value) in flags {
                    json.key(from: name)
                    json.string(value)
                }
            }
        }
    }

    private func runtimeInfo(_ call: APICall) async throws(APIError) -> APIResponse {
        let report = state.runtime()
        return .success { report.append(to: &$0) }
    }

    private func tsdbStatus(_ call: APICall) async throws(APIError) -> APIResponse {
        let limit = call.form["limit"].isEmpty ? 10 : Int(call.form["limit"]) ?? 0
        guard limit >= 1 else { throw .badData("limit must be a positive number") }
        // A ranking holds everything it ranks: no end of them would be no end of memory.
        let bounded = min(limit, 10_000)
        return try await queries.run(hangUp: call.request.hangUp) { [state] _ in
            let report = try state.tsdb(limit: bounded)
            return .success { report.append(to: &$0) }
        }
    }
}

extension BuildReport {
    func append(to json: inout JSONWriter) {
        json.object { json in
            json.member("version", version)
            json.member("revision", revision)
            json.member("branch", branch)
            json.member("buildUser", buildUser)
            json.member("buildDate", buildDate)
            json.member("goVersion", compiler)
        }
    }
}

extension RuntimeReport {
    /// The fields that are Go's own (`GOGC` and its like) are there, without a meaning.
    func append(to json: inout JSONWriter) {
        json.object { json in
            json.member("startTime", RFC3339.formatShortest(startTime))
            json.member("CWD", workingDirectory)
            json.member("hostname", hostname)
            json.member("serverTime", RFC3339.formatShortest(serverTime))
            json.member("reloadConfigSuccess", reloadSucceeded)
            json.member("lastConfigTime", RFC3339.formatShortest(lastReload))
            json.member("corruptionCount", corruptionCount)
            json.member("goroutineCount", threadCount)
            json.member("GOMAXPROCS", processors)
            json.member("GOMEMLIMIT", Int64.max)
            json.member("GOGC", "")
            json.member("GODEBUG", "")
            json.member("storageRetention", storageRetention)
        }
    }
}

extension TSDBReport {
    func append(to json: inout JSONWriter) {
        json.object { json in
            json.key("headStats")
            json.object { json in
                json.member("numSeries", seriesCount)
                json.member("numLabelPairs", labelPairCount)
                json.member("chunkCount", chunkCount)
                // An empty head has its bounds the wrong way round.
                json.member("minTime", minTime ?? .max)
                json.member("maxTime", maxTime ?? .min)
            }
            json.key("seriesCountByMetricName")
            Self.append(seriesByMetric, to: &json)
            json.key("labelValueCountByLabelName")
            Self.append(valuesByLabel, to: &json)
            json.key("memoryInBytesByLabelName")
            Self.append(bytesByLabel, to: &json)
            json.key("seriesCountByLabelValuePair")
            Self.append(seriesByLabelPair, to: &json)
        }
    }

    private static func append(_ entries: [Entry], to json: inout JSONWriter) {
        json.array { json in
            for entry in entries {
                json.object { json in
                    json.member("name", entry.name)
                    json.member("value", entry.value)
                }
            }
        }
    }
}
