import Access
import Model
import TSDB

/// `status/tsdb/tiers`: what each tier holds, how long it is kept, and how far folding is behind.
extension Endpoints {
    func tiers(_ call: APICall) async throws(APIError) -> APIResponse {
        let status = storage?.status ?? DatabaseStatus()
        let rules = storage?.tierPolicy.rules ?? []
        return .success { json in
            json.object { json in
                json.key("tiers")
                json.array { json in
                    for tier in status.tiers { tier.append(to: &json) }
                }
                json.key("rules")
                json.array { json in
                    for rule in rules { rule.append(to: &json) }
                }
                json.key("folding")
                if let folding = status.folding { folding.append(to: &json) } else { json.null() }
            }
        }
    }
}

extension TierStatus {
    /// Times are milliseconds, lengths of time Prometheus's durations; what there is not is null.
    fileprivate func append(to json: inout JSONWriter) {
        json.object { json in
            json.member("tier", name)
            json.member("resolution", PromDuration.format(tier?.resolution ?? 0))
            json.member("blocks", blocks)
            json.member("samples", samples)
            json.member("bytes", bytes)
            json.key("oldest")
            json.time(oldest)
            json.key("newest")
            json.time(newest)
            json.key("retention")
            json.duration(retention)
            json.key("floor")
            json.time(floor)
            json.key("foldedThrough")
            json.time(foldedThrough)
            json.member("backlog", PromDuration.format(backlog))
            json.member("backlogBlocks", backlogBlocks)
            json.key("counts")
            counts.append(to: &json)
        }
    }
}

extension TierStatus.Counts {
    fileprivate func append(to json: inout JSONWriter) {
        json.object { json in
            json.member("folds", folds)
            json.member("refolds", refolds)
            json.member("lateMerges", lateMerges)
            json.member("compactions", compactions)
            json.member("failures", failures)
            json.member("purgedByTime", purgedByTime)
            json.member("purgedBySize", purgedBySize)
            json.member("trimmedByRule", trimmedByRule)
        }
    }
}

extension RetentionRule {
    /// A tier that it says nothing of keeps such series as all others.
    fileprivate func append(to json: inout JSONWriter) {
        json.object { json in
            json.member("match", "{\(matchers.map(\.description).joined(separator: ", "))}")
            for (name, duration) in [("raw", raw), (Tier.fiveMinutes.rawValue, fiveMinutes), (Tier.hour.rawValue, hour)] {
                json.key(from: name)
                json.duration(duration)
            }
        }
    }
}

extension FoldingProgress {
    fileprivate func append(to json: inout JSONWriter) {
        json.object { json in
            json.member("tier", tier.rawValue)
            json.member("from", from)
            json.member("through", through)
            json.member("left", PromDuration.format(left))
        }
    }
}

extension JSONWriter {
    fileprivate mutating func time(_ time: Timestamp?) {
        if let time { integer(time) } else { null() }
    }

    fileprivate mutating func duration(_ milliseconds: Int64?) {
        if let milliseconds { string(PromDuration.format(milliseconds)) } else { null() }
    }
}
