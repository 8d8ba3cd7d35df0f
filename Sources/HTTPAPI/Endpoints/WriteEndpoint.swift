import Access

/// `write`: samples from other servers, where `--web.enable-remote-write-receiver` allows it.
extension Endpoints {
    static let writePath = "/api/v1/write"

    var writeRoutes: [Route] {
        // Before it is ready the receiver itself tells senders when to come again.
        [Route(Self.writePath, ["POST"], for: .writer, needsReadiness: false, on: .loop, by: remoteWrite)]
    }

    private func remoteWrite(_ call: APICall) async throws(APIError) -> APIResponse {
        guard let writes else {
            return .refusal("remote writes are taken only with --web.enable-remote-write-receiver", status: 404)
        }
        let headers = call.request.headers
        let answer = await writes.receive(
            WriteBody(bytes: call.request.body, contentType: headers["content-type"], encoding: headers["content-encoding"]))
        var response = answer.status == 204 ? APIResponse.nothing : .refusal(answer.text, status: answer.status)
        if let written = answer.written {
            let kinds = [("Samples", written.samples), ("Histograms", written.histograms), ("Exemplars", written.exemplars)]
            for (kind, count) in kinds { response.headers.append(("X-Prometheus-Remote-Write-\(kind)-Written", "\(count)")) }
        }
        if let seconds = answer.retryAfter { response.headers.append(("Retry-After", "\(seconds)")) }
        return response
    }
}
