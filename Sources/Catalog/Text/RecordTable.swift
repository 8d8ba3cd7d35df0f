import Model

/// Records as a table in CSV (RFC 4180): lines end with CR LF; a field with a comma, a quote or a line break is in quotes. Texts are what they are,
/// also where a spreadsheet would take one for a formula.
public enum RecordTable {
    public static let type = "text/csv; charset=utf-8; header=present"

    /// The names of the columns, with the end of the line.
    public static var header: String { line(Column.allCases.map(\.rawValue)) }

    public static func line(_ record: KeptRecord) -> String {
        var fields: [Column: String] = [
            .number: "\(record.number)", .kind: record.entry.kind.name, .time: RFC3339.format(record.entry.time), .action: record.entry.action,
        ]
        switch record.entry {
        case .audit(let audit): fill(&fields, audit)
        case .transition(let transition): fill(&fields, transition)
        case .attempt(let attempt): fill(&fields, attempt)
        case .event(let event): fill(&fields, event)
        }
        return line(Column.allCases.map { fields[$0] ?? "" })
    }

    private enum Column: String, CaseIterable {
        case number, time, kind, action
        // Of transitions.
        case from, alertname, severity, labels, activeAt = "active_at", value, group, file
        // Of attempts.
        case receiver, integration, attempt, detail
        // Of what somebody did.
        case object, authenticated, claimed, address, before, after, failure, endsAt = "ends_at", comment
    }

    private static func fill(_ fields: inout [Column: String], _ record: AuditRecord) {
        fields[.object] = record.object
        fields[.before] = record.before
        fields[.after] = record.after
        fields[.failure] = record.failure
        fill(&fields, record.by)
    }

    private static func fill(_ fields: inout [Column: String], _ by: Requester) {
        fields[.authenticated] = by.authenticated
        fields[.claimed] = by.claimed
        fields[.address] = by.address
    }

    private static func fill(_ fields: inout [Column: String], _ record: TransitionRecord) {
        fields[.from] = record.from.rawValue
        fields[.alertname] = record.labels["alertname"]
        fields[.severity] = record.labels["severity"]
        fields[.labels] = record.labels.description
        fields[.activeAt] = RFC3339.format(record.activeAt)
        fields[.value] = FloatFormat.plain(record.value)
        fields[.group] = record.group
        fields[.file] = record.file
    }

    private static func fill(_ fields: inout [Column: String], _ record: AttemptRecord) {
        fields[.receiver] = record.receiver
        fields[.integration] = record.integration
        fields[.attempt] = "\(record.attempt)"
        fields[.detail] = record.detail
        fields[.labels] = record.alerts.map(\.description).joined(separator: "\n")
        fields[.group] = record.groupKey
    }

    private static func fill(_ fields: inout [Column: String], _ record: EventRecord) {
        fields[.object] = record.id
        fields[.endsAt] = record.endsAt.map(RFC3339.format)
        fields[.labels] = record.matchers.joined(separator: "\n")
        fields[.comment] = record.comment
        fill(&fields, record.by)
    }

    private static func line(_ fields: [String]) -> String { fields.map(quotedIfNeeded).joined(separator: ",") + "\r\n" }

    private static func quotedIfNeeded(_ field: String) -> String {
        let special: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "\""), 0x0d, 0x0a]
        guard field.utf8.contains(where: special.contains) else { return field }
        var out = "\""
        for scalar in field.unicodeScalars {
            if scalar == "\"" { out += "\"" }
            out.unicodeScalars.append(scalar)
        }
        return out + "\""
    }
}
