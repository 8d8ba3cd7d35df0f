public import Model
public import Notifier

/// The body of `POST /api/v2/alerts`: a list of alerts. Those that are as they should be count even if others are not.
public struct PostedAlerts {
    public private(set) var alerts: [Alert] = []
    /// Why others are not taken, in Alertmanager's words.
    public private(set) var problems: [String] = []

    /// Throws if the body is not what the API describes; nothing counts then.
    /// - Parameter resolveTimeout: how long an alert without an end counts as firing, milliseconds.
    public init(_ body: JSONValue, at now: Timestamp, resolveTimeout: Int64) throws(AlertmanagerFault) {
        if body == .null { return }
        guard let elements = body.elements else { throw .unreadable("alerts", "the body is \(body.kindName), not a list") }
        for (index, element) in elements.enumerated() {
            let fields = try PostedFields(element, body: "alerts", path: "\(index).")
            let labels = try Self.labels(fields)
            let alert = Alert(
                received: labels.set, annotations: try Self.annotations(fields), startsAt: try fields.time("startsAt"),
                endsAt: try fields.time("endsAt"), generatorAddress: try Self.address(fields), at: now, resolveTimeout: resolveTimeout)
            let problem = labels.problem ?? (alert.endsAt < alert.startsAt ? "start time must be before end time" : nil)
            if let problem { problems.append(problem) } else { alerts.append(alert) }
        }
    }

    private static func labels(_ fields: PostedFields) throws(AlertmanagerFault) -> (set: Labels, problem: String?) {
        guard let given = try fields.texts("labels") else { throw .missing(fields.path + "labels") }
        // An empty value is as good as none.
        let kept = given.filter { !$0.value.isEmpty }
        if kept.isEmpty { return (.empty, "at least one label pair required") }
        if kept.contains(where: { $0.name.isEmpty }) { return (.empty, "invalid label set: invalid name \"\"") }
        return (labels(kept), nil)
    }

    private static func labels(_ given: [Label]) -> Labels {
        var builder = LabelsBuilder()
        for label in given { builder.set(label.name, label.value) }
        return builder.labels()
    }

    private static func annotations(_ fields: PostedFields) throws(AlertmanagerFault) -> [Label] {
        Array(labels(try fields.texts("annotations") ?? []))
    }

    private static func address(_ fields: PostedFields) throws(AlertmanagerFault) -> String {
        guard let text = try fields.text("generatorURL"), !text.isEmpty else { return "" }
        let isAddress = (text.contains(":") || text.hasPrefix("/")) && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }
        guard isAddress else { throw .coded(422, 601, "\(fields.path)generatorURL in body must be of type uri: \(quoted(text))") }
        return text
    }
}
