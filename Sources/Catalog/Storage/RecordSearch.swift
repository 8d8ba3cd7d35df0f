import Foundation
import GRDB
import Model

extension CatalogFile: RecordsReading {
    func records(_ query: RecordQuery) throws -> RecordPage {
        try read { db in
            let search = try RecordSearch(query, db)
            let rows = try Row.fetchAll(db, sql: search.sql, arguments: search.arguments)
            let records = try rows.prefix(max(0, query.limit)).map { row in
                KeptRecord(number: try row.integer(0), entry: try RecordEntry(try Fields(parsing: row.bytes(1))))
            }
            guard rows.count > records.count, let last = records.last else { return RecordPage(records: records) }
            return RecordPage(records: records, next: RecordCursor(time: last.entry.time, number: last.number))
        }
    }
}

/// A query in SQL. It goes backwards along the index of times, and asks for one record more than wanted.
private struct RecordSearch {
    private(set) var sql = "SELECT number, text FROM record WHERE time >= ? AND time <= ?"
    private(set) var arguments: StatementArguments

    init(_ query: RecordQuery, _ db: GRDB.Database) throws {
        arguments = [query.from, min(query.through, query.after?.time ?? .max)]
        add("kind IN (SELECT value FROM json_each(?))", Self.list(query.kinds.map { JSONValue($0.rawValue) }))
        if let after = query.after { add("(time, number) < (?, ?)", after.time, after.number) }
        if !query.actions.isEmpty { addActions(query.actions) }
        if !query.receivers.isEmpty { add("receiver IN (SELECT value FROM json_each(?))", Self.texts(query.receivers)) }
        if !query.selectors.isEmpty {
            let sets = try Self.labelSets(query.selectors, db)
            add(
                "number IN (SELECT record FROM told WHERE label_set IN (SELECT value FROM json_each(?)))", Self.list(sets.map { JSONValue($0) }))
        }
        sql += " ORDER BY time DESC, number DESC LIMIT ?"
        arguments += [max(0, query.limit).addingReportingOverflow(1).overflow ? Int.max : max(0, query.limit) + 1]
    }

    private mutating func add(_ condition: String, _ values: (any DatabaseValueConvertible)?...) {
        sql += " AND " + condition
        arguments += StatementArguments(values)
    }

    private mutating func addActions(_ actions: [String]) {
        let begun = actions.filter { $0.hasSuffix(".") }
        let conditions = ["action IN (SELECT value FROM json_each(?))"] + begun.map { _ in "substr(action, 1, length(?)) = ?" }
        sql += " AND (" + conditions.joined(separator: " OR ") + ")"
        arguments += [Self.texts(actions)]
        for prefix in begun { arguments += [prefix, prefix] }
    }

    /// The label sets that one of the selectors matches. There are far fewer of them than records.
    private static func labelSets(_ selectors: [[Matcher]], _ db: GRDB.Database) throws -> [Int64] {
        var found: [Int64] = []
        let rows = try Row.fetchCursor(db, sql: "SELECT id, labels FROM label_set")
        while let row = try rows.next() {
            let labels = try Labels(kept: row.bytes(1))
            if selectors.contains(where: { $0.allSatisfy { $0.matches(labels[$0.name] ?? "") } }) { found.append(try row.integer(0)) }
        }
        return found
    }

    private static func texts(_ texts: [String]) -> String { list(texts.map { .string(RecordColumns.plain($0)) }) }
    private static func list(_ values: [JSONValue]) -> String { String(decoding: JSONValue.array(values).compact, as: UTF8.self) }
}
