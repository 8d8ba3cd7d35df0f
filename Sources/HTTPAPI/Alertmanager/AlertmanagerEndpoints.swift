import Access
import Catalog
import Model
import Notifier

/// `/api/v2/…`: what Alertmanager's clients ask and say (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml).
extension Endpoints {
    var alertmanagerRoutes: [Route] {
        [
            Route("/api/v2/alerts", for: .viewer, by: answering(alertList)),
            Route("/api/v2/alerts", ["POST"], for: .operator, by: answering(takeAlerts)),
            Route("/api/v2/alerts/groups", for: .viewer, by: answering(groupList)),
            Route("/api/v2/silences", for: .viewer, by: answering(silenceList)),
            Route("/api/v2/silences", ["POST"], for: .operator, by: answering(setSilence)),
            Route("/api/v2/silence/:id", for: .viewer, by: answering(oneSilence)),
            Route("/api/v2/silence/:id", ["DELETE"], for: .operator, by: answering(expireSilence)),
            Route("/api/v2/receivers", for: .viewer, by: answering(receiverList)),
            Route("/api/v2/status", for: .viewer, by: answering(alertmanagerStatus)),
        ]
    }

    private typealias Answer = @Sendable (APICall, any NotifierDesk) async throws(AlertmanagerFault) -> APIResponse

    /// A handler whose faults have Alertmanager's form.
    private func answering(_ answer: @escaping Answer) -> Route.Handler {
        { [state] call in
            guard let desk = state.notifier else { return AlertmanagerFault.text(503, "there is no notifier").response }
            do throws(AlertmanagerFault) {
                return try await answer(call, desk)
            } catch {
                return error.response
            }
        }
    }

    // MARK: Alerts

    private func alertList(_ call: APICall, _ desk: any NotifierDesk) throws(AlertmanagerFault) -> APIResponse {
        let filter = try AlertFilter(call.form)
        return .go { out in out.list(desk.alerts().filter(filter.accepts)) { $1.write(to: &$0) } }
    }

    private func groupList(_ call: APICall, _ desk: any NotifierDesk) throws(AlertmanagerFault) -> APIResponse {
        let filter = try AlertFilter(call.form)
        return .go { out in out.list(desk.groups().compactMap(filter.of)) { $1.write(to: &$0) } }
    }

    private func takeAlerts(_ call: APICall, _ desk: any NotifierDesk) async throws(AlertmanagerFault) -> APIResponse {
        let posted = try PostedAlerts(try call.jsonBody("alerts"), at: clock.now(), resolveTimeout: desk.resolveTimeout)
        if !posted.alerts.isEmpty { await desk.receive(posted.alerts) }
        guard posted.problems.isEmpty else { throw .text(400, posted.problems.joined(separator: "\n")) }
        return .done
    }

    // MARK: Silences

    private func silenceList(_ call: APICall, _ desk: any NotifierDesk) throws(AlertmanagerFault) -> APIResponse {
        let filter = try SilenceFilter(call.form)
        let now = clock.now()
        let silences = SilenceOrder.sorted(desk.silences().filter(filter.accepts), at: now)
        return .go { out in out.list(silences) { $1.write(to: &$0, at: now) } }
    }

    private func setSilence(_ call: APICall, _ desk: any NotifierDesk) async throws(AlertmanagerFault) -> APIResponse {
        let now = clock.now()
        let silence = try PostedSilence(try call.jsonBody("silence"), at: now).silence
        do throws(SilenceError) {
            let set = try await desk.set(silence, by: call.requester(claimed: silence.createdBy))
            return .go { out in out.object([("silenceID", { $0.string(set.id) })]) }
        } catch {
            switch error {
            case .unknown: throw .text(404, "silence not found")
            case .invalid(let reason): throw .text(400, "invalid silence: \(reason)")
            case .alreadyExpired: throw .text(400, "\(error)")
            }
        }
    }

    private func oneSilence(_ call: APICall, _ desk: any NotifierDesk) throws(AlertmanagerFault) -> APIResponse {
        let id = try Self.silenceID(call)
        guard let silence = desk.silences().first(where: { sameBytes($0.id, id) }) else { throw .nothing(404) }
        let now = clock.now()
        return .go { out in silence.write(to: &out, at: now) }
    }

    private func expireSilence(_ call: APICall, _ desk: any NotifierDesk) async throws(AlertmanagerFault) -> APIResponse {
        let id = try Self.silenceID(call)
        do throws(SilenceError) {
            try await desk.expire(id, by: call.requester(claimed: nil))
            return .done
        } catch {
            if case .unknown = error { throw .nothing(404) }
            throw .text(500, "\(error)")
        }
    }

    private static func silenceID(_ call: APICall) throws(AlertmanagerFault) -> String {
        let text = call.parameter.lowercased()
        let lengths = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
            part.utf8.allSatisfy { Percent.hexadecimal($0) != nil } ? part.utf8.count : 0
        }
        guard lengths == [8, 4, 4, 4, 12] else {
            throw .coded(422, 601, "silenceID in path must be of type uuid: \(quoted(call.parameter))")
        }
        return text
    }

    // MARK: The rest

    private func receiverList(_ call: APICall, _ desk: any NotifierDesk) -> APIResponse {
        .go { out in
            out.list(desk.receivers()) { out, name in
                // Alertmanager's newer releases give receivers labels, of which the name is always one.
                out.object([("labels", { $0.texts([Label("name", name)]) }), ("name", { $0.string(name) })])
            }
        }
    }

    private func alertmanagerStatus(_ call: APICall, _ desk: any NotifierDesk) -> APIResponse {
        let build = state.build()
        let version = [
            ("branch", build.branch), ("buildDate", build.buildDate), ("buildUser", build.buildUser), ("goVersion", build.compiler),
            ("revision", build.revision), ("version", Self.alertmanagerVersion),
        ]
        return .go { out in
            out.object([
                ("cluster", { $0.object([("peers", { $0.raw("[]") }), ("status", { $0.string("disabled") })]) }),
                ("config", { $0.object([("original", { $0.string(desk.configuration()) })]) }),
                ("uptime", { $0.string(RFC3339.format(state.runtime().startTime)) }),
                ("versionInfo", { $0.object(version.map { name, text in (name, { $0.string(text) }) }) }),
            ])
        }
    }

    /// The release of Alertmanager whose API clients may expect.
    private static let alertmanagerVersion = "0.33.0"
}

extension APIResponse {
    /// JSON as Go's servers write it; some of them end the line.
    static func go(status: Int = 200, endsLine: Bool = true, _ write: (inout GoJSON) -> Void) -> APIResponse {
        var out = GoJSON()
        write(&out)
        if endsLine { out.raw("\n") }
        return APIResponse(status: status, type: "application/json", body: Array(out.text.utf8))
    }

    /// Done; Alertmanager says so with an empty 200.
    static let done = APIResponse(type: "", body: [])
}

extension APIResponse {
    /// There is no such path; clients of `/api/v2` read only JSON.
    static func notFound(_ path: String) -> APIResponse {
        path.hasPrefix("/api/v2/") ? AlertmanagerFault.coded(404, 404, "path \(path) was not found").response : .notFound
    }

    static func notAllowed(_ method: String, _ path: String, _ allow: String) -> APIResponse {
        guard path.hasPrefix("/api/v2/") else { return .notAllowed(allow) }
        var response = AlertmanagerFault.coded(405, 405, "method \(method) is not allowed, but [\(allow)] are").response
        response.headers.append(("Allow", allow))
        return response
    }
}
