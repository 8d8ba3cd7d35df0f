import Model
import Testing

@testable import Notifier

@Suite("What the notifier says about itself")
struct ViewTests {
    private static let configuration = """
        route:
          receiver: ops
          group_by: [alertname]
          routes:
          - {receiver: db, matchers: [team=db], continue: true, mute_time_intervals: [always]}
          - {receiver: audit, matchers: [audit=yes]}
          - {receiver: db, matchers: [quiet=yes], mute_time_intervals: [always, never]}
        inhibit_rules: [{source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [instance]}]
        time_intervals: [{name: always, time_intervals: [{}]}, {name: never, time_intervals: [{times: []}]}]
        receivers: [{name: ops}, {name: db}, {name: audit}]
        """

    @Test("alerts come with who silences, inhibits and mutes them and whom they go to")
    func alerts() throws {
        var simulation = try Simulation(Self.configuration)
        try simulation.silence("alertname=A", id: "one", until: 100, at: 0)
        try simulation.fire(
            "alertname=A,team=db,audit=yes", "alertname=B,severity=critical", "alertname=C,severity=warning", "alertname=D,quiet=yes", "alertname=E",
            at: 1)
        try simulation.resolve("alertname=E", at: 2)
        let views = simulation.core.alertViews(at: simulation.now).sorted { $0.alert.labels < $1.alert.labels }
        #expect(views.map { $0.alert.labels["alertname"] } == ["A", "B", "C", "D"])
        #expect(views.map(\.silencedBy) == [["one"], [], [], []])
        #expect(views.map(\.inhibitedBy) == [[], [], [views[1].alert.fingerprint], []])
        // A is muted by one of its routes alone.
        #expect(views.map(\.mutedBy) == [[], [], [], ["always"]])
        #expect(views.map(\.receivers) == [["db", "audit"], ["ops"], ["ops"], ["db"]])
        #expect(views.map(\.isSuppressed) == [true, false, true, true])
    }

    @Test("groups come in the order of their labels, without those that are over")
    func groups() throws {
        var simulation = try Simulation(Self.configuration)
        try simulation.fire("alertname=B,i=2", "alertname=B,i=1", "alertname=A,team=db,audit=yes", "alertname=C", at: 0)
        try simulation.resolve("alertname=C", at: 1)
        let views = simulation.core.groupViews(at: simulation.now)
        #expect(views.map(\.receiver) == ["audit", "db", "ops"])
        #expect(views.map { $0.labels["alertname"] } == ["A", "A", "B"])
        #expect(views.last?.alerts.map { $0.alert.labels["i"] } == ["1", "2"])
        #expect(views.last?.key == #"{}:{alertname="B"}"#)
    }
}
