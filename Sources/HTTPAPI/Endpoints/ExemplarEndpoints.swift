import Model
import PromQL
import TSDB

/// `query_exemplars`: the exemplars of the series that an expression reads.
extension Endpoints {
    func exemplars(_ call: APICall) async throws(APIError) -> APIResponse {
        let from = try call.form.time("start", default: Parameters.earliest)
        let through = try call.form.time("end", default: Parameters.latest)
        guard through >= from else { throw .badData("end timestamp must not be before start timestamp") }
        let expr: Expr
        do { expr = try PromQLParser.parse(call.form["query"], options: engine.options.features.syntax) } catch { throw .badData("\(error)") }
        let selectors = expr.selections
        guard !selectors.isEmpty else { return .nothing }
        return try await queries.run(for: call.request) { [source] _ in
            let found = try source.exemplars(selectors, from: from, through: through)
            return .success(reserving: found.reduce(64) { $0 + 256 + $1.exemplars.count * 96 }) { json in
                json.array { json in
                    for series in found { Self.append(series, to: &json) }
                }
            }
        }
    }

    private static func append(_ series: SeriesExemplars, to json: inout JSONWriter) {
        json.object { json in
            json.key("seriesLabels")
            json.labels(series.labels)
            json.key("exemplars")
            json.array { json in
                for exemplar in series.exemplars { append(exemplar, to: &json) }
            }
        }
    }

    private static func append(_ exemplar: Exemplar, to json: inout JSONWriter) {
        json.object { json in
            json.key("labels")
            json.labels(exemplar.labels)
            json.key("value")
            json.withBytes { out in
                out.append(UInt8(ascii: "\""))
                FloatFormat.appendAPI(exemplar.value, to: &out)
                out.append(UInt8(ascii: "\""))
            }
            json.key("timestamp")
            json.withBytes { SampleJSON.appendSeconds(exemplar.time, to: &$0) }
        }
    }
}
