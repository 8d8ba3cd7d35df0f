import Model
import Testing

@testable import Scraping

@Suite("From discovered labels to targets")
struct TargetBuilderTests {
    private func build(
        _ labels: [(name: String, value: String)], shared: Labels = .empty, _ change: (inout ScrapeConfiguration) -> Void = { _ in }
    ) throws -> Target {
        let job = ScrapeConfiguration.simulated([], change: change)
        let (outcomes, problems) = TargetBuilder(job: job).build(TargetGroup(source: "0", targets: [Labels(labels)], labels: shared))
        if let problem = problems.first { throw ScrapeError(problem) }
        guard case .target(let target) = try #require(outcomes.first) else { throw ScrapeError("dropped") }
        return target
    }

    @Test func whatTheJobSaysIsTheDefault() throws {
        let target = try build([("__address__", "h:1"), ("__meta_x", "y"), ("a", "b")])
        #expect(target.labels.description == "{a=\"b\", instance=\"h:1\", job=\"j\"}")
        #expect(target.url == "http://h:1/metrics")
        #expect(target.interval == 10_000 && target.timeout == 5000)
        #expect(target.allLabels["__meta_x"] == nil && target.discoveredLabels["__meta_x"] == "y")
        #expect(target.discoveredLabels["instance"] == nil)
        #expect(target.discoveredLabels["__scrape_interval__"] == "10s" && target.discoveredLabels["__scrape_timeout__"] == "5s")
    }

    @Test func whatDiscoverySaysComesFirst() throws {
        let target = try build(
            [
                ("__address__", "h:1"), ("__scrape_interval__", "1m30s"), ("__scrape_timeout__", "1500ms"), ("__scheme__", "https"),
                ("__metrics_path__", "probe x"), ("__param_target", "a&b"), ("job", "other"), ("instance", "i"), ("env", "own"),
            ], shared: Labels([(name: "env", value: "shared"), (name: "more", value: "m")]))
        #expect(target.labels.description == "{env=\"own\", instance=\"i\", job=\"other\", more=\"m\"}")
        #expect(target.url == "https://h:1/probe%20x?target=a%26b")
        #expect(target.interval == 90_000 && target.timeout == 1500)
        #expect(target.scrapePool == "j")
    }

    @Test func parametersAreLabelsWhileTargetsAreRelabelled() throws {
        var rule = RelabelRule(regex: try LabelRegex("(.*)"))
        rule.sourceLabels = ["__param_module", "__address__"]
        rule.targetLabel = "__param_module"
        let rules = [rule]
        let target = try build([("__address__", "h:1")]) {
            $0.parameters = [.init(name: "z", values: ["1"]), .init(name: "module", values: ["m", "n"]), .init(name: "none", values: [])]
            $0.relabelling = rules
        }
        #expect(target.url == "http://h:1/metrics?module=m%3Bh%3A1&module=n&z=1")
    }

    @Test(
        arguments: [
            ([("a", "b")], "no address"),
            ([("__address__", "http://h:1")], "\"http://h:1\" is not a valid hostname"),
            ([("__address__", "h:1"), ("__scheme__", "ftp")], "invalid scheme: \"ftp\""),
            ([("__address__", "h:1"), ("__scrape_interval__", "fast")], "error parsing scrape interval: not a valid duration string: \"fast\""),
            ([("__address__", "h:1"), ("__scrape_interval__", "0s")], "scrape interval cannot be 0"),
            ([("__address__", "h:1"), ("__scrape_timeout__", "-1s")], "error parsing scrape timeout: not a valid duration string: \"-1s\""),
            ([("__address__", "h:1"), ("__scrape_timeout__", "0")], "scrape timeout cannot be 0"),
            (
                [("__address__", "h:1"), ("__scrape_timeout__", "20s")],
                "scrape timeout cannot be greater than scrape interval (\"20s\" > \"10s\")"
            ),
        ] as [([(name: String, value: String)], String)])
    func whatCannotBeScrapedIsRefused(labels: [(name: String, value: String)], problem: String) {
        #expect(throws: ScrapeError("j: instance 0 in group 0: " + problem)) { try build(labels) }
    }
}
