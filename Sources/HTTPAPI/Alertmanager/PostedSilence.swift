public import Model
public import Notifier

/// The body of `POST /api/v2/silences`.
public struct PostedSilence {
    public let silence: Silence

    public init(_ body: JSONValue, at now: Timestamp) throws(AlertmanagerFault) {
        let fields = try PostedFields(body, body: "silence")
        let comment = try fields.requiredText("comment")
        let createdBy = try fields.requiredText("createdBy")
        guard let endsAt = try fields.time("endsAt") else { throw .missing("endsAt") }
        guard let given = try fields.list("matchers") else { throw .missing("matchers") }
        guard !given.isEmpty else { throw .coded(422, 612, "matchers in body should have at least 1 items") }
        guard let startsAt = try fields.time("startsAt") else { throw .missing("startsAt") }
        var matchers: [AlertMatcher] = []
        for (index, element) in given.enumerated() { matchers.append(try Self.matcher(element, index)) }
        if endsAt <= startsAt { throw .text(400, "Failed to create silence: start time must be before end time") }
        if endsAt < now { throw .text(400, "Failed to create silence: end time can't be in the past") }
        silence = Silence(
            id: try fields.text("id") ?? "", matchers: matchers, startsAt: startsAt, endsAt: endsAt, createdBy: createdBy, comment: comment)
    }

    private static func matcher(_ element: JSONValue, _ index: Int) throws(AlertmanagerFault) -> AlertMatcher {
        let fields = try PostedFields(element, body: "silence", path: "matchers.\(index).")
        guard let isRegex = try fields.flag("isRegex") else { throw .missing(fields.path + "isRegex") }
        let isEqual = try fields.flag("isEqual") ?? true
        let name = try fields.requiredText("name")
        let value = try fields.requiredText("value")
        do throws(MatcherError) {
            return try AlertMatcher(isRegex ? (isEqual ? .matches : .matchesNot) : (isEqual ? .equal : .notEqual), name, value)
        } catch {
            throw .text(400, "invalid silence: invalid label matcher \(index): \(error)")
        }
    }
}
