import Model
import Testing

@testable import Notifier

@Suite("Silences")
struct SilenceTests {
    private static func silence(
        id: String = "", _ matchers: String = "team=db", from start: Timestamp, to end: Timestamp, comment: String = ""
    ) throws -> Silence {
        Silence(id: id, matchers: try MatcherSyntax.matchers(matchers), startsAt: start, endsAt: end, createdBy: "ada", comment: comment)
    }

    private static let db = Labels([(name: "team", value: "db")])

    @Test("a silence is pending, then active, then expired")
    func states() throws {
        let silence = try Self.silence(from: 1000, to: 2000)
        #expect([0, 999, 1000, 2000, 2001].map { silence.state(at: $0) } == [.pending, .pending, .active, .active, .expired])
    }

    @Test("only active ones silence, and only what meets all conditions")
    func silencing() throws {
        var silences = Silences()
        _ = try silences.set(Self.silence("team=db,severity!=critical", from: 1000, to: 2000), at: 0, newID: "one")
        #expect(silences.silencing(Self.db, at: 999) == [] && silences.silencing(Self.db, at: 1500) == ["one"])
        #expect(silences.silencing(Self.db, at: 2001) == [])
        #expect(silences.silencing(Self.db.setting("severity", "critical"), at: 1500) == [])
    }

    @Test("a new silence does not begin in the past")
    func begins() throws {
        var silences = Silences()
        let set = try silences.set(Self.silence(from: 1000, to: 9000), at: 5000, newID: "one")
        #expect(set.map(\.startsAt) == [5000] && set.map(\.id) == ["one"] && set.map(\.updatedAt) == [5000])
    }

    @Test("the end and the words of an active silence can be changed")
    func changedInPlace() throws {
        var silences = Silences()
        _ = try silences.set(Self.silence(from: 1000, to: 9000), at: 0, newID: "one")
        let set = try silences.set(Self.silence(id: "one", from: 1999, to: 20_000, comment: "longer"), at: 5000, newID: "two")
        #expect(set.map(\.id) == ["one"] && silences.all.map(\.endsAt) == [20_000] && silences.all.map(\.comment) == ["longer"])
    }

    @Test("what would rewrite the past ends the silence and begins another", arguments: ["team=web", "team=db"])
    func replaced(matchers: String) throws {
        var silences = Silences()
        _ = try silences.set(Self.silence(from: 1000, to: 9000), at: 0, newID: "one")
        let set = try silences.set(Self.silence(id: "one", matchers, from: 3000, to: 9000), at: 5000, newID: "two")
        #expect(set.map(\.id) == ["one", "two"] && set.map(\.startsAt) == [1000, 5000] && set.map(\.endsAt) == [5000, 9000])
        #expect(silences["one"]?.state(at: 5001) == .expired)
    }

    @Test("a pending silence can be moved in the future, an expired one comes back as another")
    func moved() throws {
        var silences = Silences()
        _ = try silences.set(Self.silence(from: 1000, to: 9000), at: 0, newID: "one")
        #expect(try silences.set(Self.silence(id: "one", from: 5000, to: 6000), at: 500, newID: "two").map(\.id) == ["one"])
        #expect(try silences.set(Self.silence(id: "one", from: 7000, to: 8000), at: 6500, newID: "two").map(\.id) == ["two"])
        #expect(silences.all.map(\.id) == ["one", "two"])
    }

    @Test("expiring ends an active silence now and a pending one before it begins; an expired one cannot be ended again")
    func expiring() throws {
        var silences = Silences()
        _ = try silences.set(Self.silence(from: 1000, to: 9000), at: 0, newID: "one")
        _ = try silences.set(Self.silence(from: 5000, to: 9000), at: 0, newID: "two")
        #expect(try silences.expire("one", at: 2000).endsAt == 2000)
        let two = try silences.expire("two", at: 2000)
        #expect(two.startsAt == 2000 && two.endsAt == 2000)
        #expect(throws: SilenceError.alreadyExpired(id: "one")) { try silences.expire("one", at: 3000) }
        #expect(throws: SilenceError.unknown(id: "none")) { try silences.expire("none", at: 3000) }
        #expect(throws: SilenceError.unknown(id: "none")) { try silences.set(Self.silence(id: "none", from: 0, to: 1), at: 0, newID: "x") }
    }

    @Test(
        "what cannot be a silence is refused and changes nothing",
        arguments: [
            ("", 0, 9000, "at least one matcher required"), ("team=~.*", 0, 9000, "at least one matcher must not match the empty string"),
            ("team=", 0, 9000, "at least one matcher must not match the empty string"), ("a=b", 9000, 8000, "end time must not be before start time"),
            ("a=b", 0, 400, "end time must not be in the past"), (#"""=c"#, 0, 9000, "invalid label matcher 0: invalid label name \"\""),
        ])
    func refused(matchers: String, start: Timestamp, end: Timestamp, reason: String) throws {
        var silences = Silences()
        _ = try silences.set(Self.silence(from: 0, to: 9000), at: 0, newID: "one")
        #expect(throws: SilenceError.invalid(reason)) {
            try silences.set(Self.silence(id: "one", matchers, from: start, to: end), at: 500, newID: "two")
        }
        #expect(silences.all.map(\.id) == ["one"] && silences["one"]?.endsAt == 9000)
    }

    @Test("ended silences are forgotten after their time")
    func purging() throws {
        var silences = Silences(retention: 1000)
        _ = try silences.set(Self.silence(from: 0, to: 100), at: 0, newID: "one")
        _ = try silences.set(Self.silence(from: 0, to: 200), at: 0, newID: "two")
        #expect(silences.purge(at: 1099).isEmpty)
        #expect(silences.purge(at: 1100).map(\.id) == ["one"] && silences.all.map(\.id) == ["two"])
    }
}
