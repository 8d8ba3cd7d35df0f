import Model
import Access
import Catalog
import Logging

/// What administrators do is told in the log and kept on record, whether it works or not: whoever looks for the reason of a gap finds it there.
extension Endpoints {
    /// What is done, to what, and with which result.
    struct Deed: Sendable {
        /// See `AuditRecord.action`.
        let action: String
        let object: String
        var after: String?
    }

    func audited<Answer>(_ call: APICall, _ deed: Deed, _ body: () async throws(APIError) -> Answer) async throws(APIError) -> Answer {
        do {
            let answer = try await body()
            note(deed, call)
            return answer
        } catch {
            note(deed, call, failure: error.message)
            throw error
        }
    }

    /// - Parameter failure: why it was not done; nil if it was.
    func note(_ deed: Deed, _ call: APICall, failure: String? = nil) {
        var metadata: Logger.Metadata = ["action": "\(deed.action)", "object": "\(deed.object)", "client": "\(call.request.client)"]
        if let login = call.request.login { metadata["user"] = "\(login.name)" }
        if let failure { metadata["err"] = "\(failure)" }
        logger.notice("administration", metadata: metadata)
        recording?.record(
            .audit(
                AuditRecord(
                    time: clock.now(), by: call.request.requester, action: deed.action, object: deed.object, after: deed.after, failure: failure)))
    }
}
