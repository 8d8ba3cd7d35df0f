import Model
import Testing

@testable import Notifier

@Suite("The route that holds when nothing is configured")
struct BuiltInRouteTests {
    private static func simulation() throws -> Simulation {
        let hook = try NotifierConfiguration.read(
            Array("route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://hook'}]}]\n".utf8), file: "am.yml", zones: .none)
        // The simulation begins at 8 o'clock in UTC.
        return Simulation(BuiltInRoute.configuration(integrations: hook.receivers[0].integrations, digest: DailyTime(minute: 9 * 60)))
    }

    private static let (minute, hour): (Double, Double) = (60, 3600)

    @Test("critical is told at once and repeated every hour")
    func critical() throws {
        var simulation = try Self.simulation()
        try simulation.fire("alertname=DiskFull,severity=critical,instance=a", at: 10)
        simulation.advance(to: 3.5 * Self.hour)
        #expect(simulation.told.map(\.at) == [10, 3610, 7210, 10_810])
    }

    @Test("of one outage there is at most one message in 5 minutes")
    func outage() throws {
        var simulation = try Self.simulation()
        for second in 0..<600 { try simulation.fire("alertname=ServiceDown,severity=critical,instance=i\(second)", at: Double(second)) }
        simulation.advance(to: 1200)
        #expect(simulation.told.map(\.at) == [0, 300, 600] && simulation.told.map(\.firing.count) == [1, 300, 600])
    }

    @Test("an outage of many kinds of alerts is told in one message each 5 minutes, warnings when nothing critical has just been told")
    func manyKinds() throws {
        var simulation = try Self.simulation()
        try simulation.fire("alertname=Slow,severity=warning", at: 0)
        try simulation.fire("alertname=Errors,severity=critical", at: 100)
        try simulation.fire("alertname=Down,severity=critical", at: 130)
        try simulation.fire("alertname=Queue,severity=warning", at: 140)
        simulation.advance(to: 20 * Self.minute)
        #expect(simulation.told.map(\.at) == [100, 400, 700])
        #expect(simulation.told.map(\.firing) == [["Errors critical"], ["Down critical", "Errors critical"], ["Queue warning", "Slow warning"]])
    }

    @Test("warnings do not give way for ever")
    func givenWay() throws {
        var simulation = try Self.simulation()
        try simulation.fire("alertname=Slow,severity=warning", at: 0)
        for number in 0..<12 { try simulation.fire("alertname=Errors,severity=critical,i=\(number)", at: Double(number) * 290 + 100) }
        simulation.advance(to: Self.hour)
        let warnings = simulation.told.filter { $0.firing.contains("Slow warning") }
        #expect(warnings.first.map { $0.at <= 25 * Self.minute } == true)
    }

    @Test("receivers that keep incidents have one for each kind of alert, and no digest")
    func incidents() throws {
        let file = "route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{routing_key: k}], webhook_configs: [{url: 'http://hook'}]}]\n"
        let both = try NotifierConfiguration.read(Array(file.utf8), file: "am.yml", zones: .none)
        var simulation = Simulation(BuiltInRoute.configuration(integrations: both.receivers[0].integrations))
        try simulation.fire("alertname=A,severity=critical", "alertname=B,severity=critical", "alertname=C,severity=info", at: 0)
        simulation.advance(to: 2 * Self.hour - 1)
        func told(_ receiver: String) -> [Int] { simulation.told.filter { $0.receiver == receiver }.map(\.firing.count).sorted() }
        #expect(told(BuiltInRoute.incidents) == [1, 1, 1, 1] && told(BuiltInRoute.receiver) == [1, 2, 2])
    }

    @Test("warnings are gathered for 5 minutes and repeated every 4 hours", arguments: ["severity=warning", "severity=odd", "team=x"])
    func warning(label: String) throws {
        var simulation = try Self.simulation()
        try simulation.fire("alertname=A,\(label),i=1", at: 0)
        try simulation.fire("alertname=A,\(label),i=2", at: 200)
        simulation.advance(to: 9 * Self.hour)
        #expect(simulation.told.map(\.at) == [300, 14_700, 29_100])
        #expect(simulation.told.allSatisfy { $0.firing.count == 2 })
    }

    @Test("info comes once a day, with what came and went since, over restarts too")
    func digest() throws {
        var simulation = try Self.simulation()
        try simulation.fire("alertname=Deployment,severity=info,i=1", at: 0)
        try simulation.resolve("alertname=Deployment,severity=info,i=1", at: 20 * Self.minute)
        try simulation.fire("alertname=Usage,severity=info", at: 30 * Self.minute)
        simulation.restart(at: 50 * Self.minute)
        simulation.advance(to: 40 * Self.hour)
        try simulation.resolve("alertname=Usage,severity=info", at: 40 * Self.hour)
        simulation.advance(to: 100 * Self.hour)
        #expect(simulation.told.map(\.at) == [Self.hour, 25 * Self.hour, 49 * Self.hour])
        #expect(simulation.told.map(\.firing) == [["Usage info"], ["Usage info"], []])
        #expect(simulation.told.map(\.resolved) == [["Deployment 1 info"], [], ["Usage info"]])
        #expect(simulation.told.allSatisfy { $0.reason == .digest })
    }

    @Test("a critical alert inhibits the warning whose other labels are equal, and no other")
    func worseInhibitsMilder() throws {
        var simulation = try Self.simulation()
        try simulation.fire(
            "alertname=Full,severity=critical,disk=a", "alertname=Full,severity=warning,disk=a", "alertname=Full,severity=warning,disk=b",
            "alertname=Full,severity=warning,disk=a,more=x", at: 0)
        simulation.advance(to: 6 * Self.minute)
        #expect(simulation.told.map(\.firing) == [["Full a critical"], ["Full b warning", "Full a x warning"]])
    }

    @Test("an instance that is down inhibits what lives on it, but not itself and nothing elsewhere", arguments: ["critical", "warning"])
    func down(severity: String) throws {
        var simulation = try Self.simulation()
        try simulation.fire(
            "alertname=TargetDown,severity=\(severity),instance=a", "alertname=DiskFull,severity=critical,instance=a",
            "alertname=Slow,severity=info,instance=a", "alertname=DiskFull,severity=critical,instance=b", "alertname=Full,severity=critical", at: 0)
        simulation.advance(to: 2 * Self.hour)
        let names = Set(simulation.told.flatMap(\.firing))
        #expect(names == ["TargetDown a \(severity)", "DiskFull b critical", "Full critical"])
    }

    @Test("with nobody to tell nothing is sent, and nothing goes wrong")
    func nobody() throws {
        var simulation = Simulation(BuiltInRoute.configuration())
        try simulation.fire("alertname=A,severity=critical", at: 0)
        simulation.advance(to: Self.hour)
        #expect(simulation.attempts.isEmpty)
    }
}
