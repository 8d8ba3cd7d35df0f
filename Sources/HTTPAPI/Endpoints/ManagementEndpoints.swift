import Access
import Exposition
import Model
import Runtime

/// `/-/…`, `/metrics`, `/federate` and `/version`: for those who run the server.
extension Endpoints {
    var management: [Route] {
        let looks = ["GET", "HEAD"]
        // GET is routed too, for an answer that says what is wanted instead.
        let changes = ["GET", "POST", "PUT"]
        return [
            Route("/-/healthy", looks, for: .anyone, needsReadiness: false, on: .loop, by: healthy),
            Route("/-/ready", looks, for: .anyone, on: .loop, by: ready),
            Route("/-/reload", changes, for: .admin, needsReadiness: false, by: reload),
            Route("/-/quit", changes, for: .admin, needsReadiness: false, by: quit),
            Route("/metrics", for: .viewer, needsReadiness: false, by: ownMetrics),
            Route("/federate", for: .viewer, on: .loop, by: federate),
            Route("/version", for: .viewer, needsReadiness: false, by: version),
        ]
    }

    private func healthy(_ call: APICall) async throws(APIError) -> APIResponse { .text("Martlet is healthy.\n") }

    private func ready(_ call: APICall) async throws(APIError) -> APIResponse { .text("Martlet is ready.\n") }

    private func reload(_ call: APICall) async throws(APIError) -> APIResponse {
        if let refusal = refusal(call) { return refusal }
        let deed = Deed(action: "configuration.reload", object: state.flags()["config.file"] ?? "")
        do {
            try await state.reload()
            note(deed, call)
            return .text("")
        } catch {
            note(deed, call, failure: "\(error)")
            return .refusal("failed to reload config: \(error)", status: 500)
        }
    }

    private func quit(_ call: APICall) async throws(APIError) -> APIResponse {
        if let refusal = refusal(call) { return refusal }
        note(Deed(action: "server.quit", object: ""), call)
        state.quit()
        return .text("Requesting termination... Goodbye!")
    }

    private func refusal(_ call: APICall) -> APIResponse? {
        if call.request.method == "GET" { return .text("Only POST or PUT requests allowed", status: 405) }
        return options.enableLifecycle ? nil : .text("Lifecycle API is not enabled.", status: 403)
    }

    private func ownMetrics(_ call: APICall) async throws(APIError) -> APIResponse {
        let escaping = NameEscaping.accepted(by: call.request.headers["accept"])
        var writer = TextWriter(escaping: escaping)
        for family in registry.snapshot() {
            writer.family(family.name, family.type, help: family.help)
            for point in family.points {
                let labels = point.labels.map { (name: $0.name, value: $0.value) }
                switch point.value {
                case .number(let value): writer.sample(family.name, labels, value)
                case .histogram(let seen): writer.histogram(family.name, labels, buckets: seen.buckets, count: seen.count, sum: seen.sum)
                case .summary(let seen): writer.summary(family.name, labels, quantiles: seen.quantiles, count: seen.count, sum: seen.sum)
                }
            }
        }
        return APIResponse(type: TextWriter.contentType(escaping), body: writer.page)
    }
}
