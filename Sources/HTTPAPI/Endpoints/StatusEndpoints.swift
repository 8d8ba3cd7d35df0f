import Access
import Model
import TSDB

/// `status/…`: what the server is and how it is set.
extension Endpoints {
    var status: [Route] {
        [
            Route("/api/v1/status/active_queries", for: .viewer, by: activeQueries),
            Route("/api/v1/status/buildinfo", for: .viewer, by: buildInfo),
            Route("/api/v1/status/config", for: .viewer, by: configuration),
            Route("/api/v1/status/flags", for: .viewer, by: flags),
            Route("/api/v1/status/runtimeinfo", for: .viewer, by: runtimeInfo),
            Route("/api/v1/status/tsdb", for: .viewer, by: tsdbStatus),
            Route("/api/v1/status/tsdb/blocks", for: .viewer, by: blocks),
            Route("/api/v1/status/tsdb/tiers", for: .viewer, by: tiers),
            Route("/api/v1/status/walreplay", for: .viewer, needsReadiness: false, by: replay),
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

    private func blocks(_ call: APICall) async throws(APIError) -> APIResponse {
        let blocks = storage?.blocks ?? []
        return .success { json in
            json.object { json in
                json.key("blocks")
                json.array { json in
                    for block in blocks { block.append(to: &json) }
                }
            }
        }
    }

    private func replay(_ call: APICall) async throws(APIError) -> APIResponse {
        let replay = storage?.status.replay ?? DatabaseStatus.Replay()
        return .success { json in
            json.object { json in
                json.member("min", replay.first)
                json.member("max", replay.last)
                json.member("current", replay.current)
                json.member("state", replay.state.rawValue)
            }
        }
    }

    private func tsdbStatus(_ call: APICall) async throws(APIError) -> APIResponse {
        let limit = call.form["limit"].isEmpty ? 10 : Int(call.form["limit"]) ?? 0
        guard limit >= 1 else { throw .badData("limit must be a positive number") }
        // A ranking holds everything it ranks: no end of them would be no end of memory.
        let bounded = min(limit, 10_000)
        return try await queries.run(for: call.request) { [state, storage] _ in
            let report = try state.tsdb(limit: bounded)
            let storage = storage?.status
            return .success { report.append(to: &$0, storage) }
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

extension BlockMeta {
    /// As in its `meta.json`.
    func append(to json: inout JSONWriter) {
        json.object { json in
            json.member("ulid", "\(ulid)")
            json.member("minTime", minTime)
            json.member("maxTime", maxTime)
            json.key("stats")
            json.object { json in
                let counts = [
                    ("numSamples", stats.samples), ("numFloatSamples", stats.floatSamples), ("numHistogramSamples", stats.histogramSamples),
                    ("numSeries", stats.series), ("numChunks", stats.chunks), ("numTombstones", stats.tombstones),
                ]
                for (name, count) in counts where count > 0 {
                    json.key(from: name)
                    json.integer(count)
                }
            }
            json.key("compaction")
            json.object { json in
                json.member("level", compaction.level)
                json.key("sources")
                json.strings(compaction.sources.map { "\($0)" })
                if !compaction.hints.isEmpty {
                    json.key("hints")
                    json.strings(compaction.hints)
                }
            }
            json.member("version", 1)
        }
    }
}

extension TSDBReport {
    /// `storage` adds what is ours: whether samples are taken, and what had to be set aside.
    func append(to json: inout JSONWriter, _ storage: DatabaseStatus?) {
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
            if let storage { Self.append(storage, to: &json) }
        }
    }

    private static func append(_ storage: DatabaseStatus, to json: inout JSONWriter) {
        if let reason = storage.readOnly { json.member("readOnly", reason) }
        guard !storage.quarantined.isEmpty else { return }
        json.key("quarantined")
        json.array { json in
            for found in storage.quarantined {
                json.object { json in
                    json.member("path", found.path)
                    json.member("cause", found.cause)
                }
            }
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
