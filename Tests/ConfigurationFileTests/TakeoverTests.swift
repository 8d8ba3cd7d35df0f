import Foundation
import Notifier
import Scraping
import StrictYAML
import Testing

@testable import ConfigurationFile

@Suite("What of a Prometheus's configuration would not work here")
struct TakeoverTests {
    private func report(_ text: String, _ more: [String: String] = [:], notifications: String? = nil) -> TakeoverReport {
        var files = more.merging(["p.yml": text]) { $1 }
        if let notifications { files["am.yml"] = notifications }
        return TakeoverReport("p.yml", notifications: notifications == nil ? nil : "am.yml", files: .memory(files))
    }

    // MARK: The table

    /// A file for each pattern of the table in which it stands, and nothing else of the table.
    private static func sample(_ entry: Replacement) -> String? {
        let parts = entry.pattern.split(separator: ".").map(String.init)
        let key = parts.last ?? ""
        if key.hasSuffix("_sd_configs") {
            return parts[0] == "scrape_configs" ? job("\(key): [{}]") : "alerting: {alertmanagers: [{\(key): [{}]}]}"
        }
        switch parts[0] {
        case "basic_auth", "authorization": return job("\(parts[0]): {\(key): x}")
        case "tls_config": return job("tls_config: {\(key): x}")
        case "oauth2": return job("oauth2: {client_id: i, token_url: 'http://t', \(key): urn}")
        case "receivers":
            return "notifications: {route: {receiver: r}, receivers: [{name: r, \(key): [{}]}]}"
        case "notifications" where parts.count == 3:
            return "notifications: {route: {receiver: r}, receivers: [{name: r}], global: {\(key): \(key.contains("url") ? "'http://x'" : "x")}}"
        case "notifications":
            return key.hasSuffix("_configs")
                ? "notifications: {\(key): [{}]}" : "notifications: {route: {receiver: r}, receivers: [{name: r}], \(key): {}}"
        default: return blocks[entry.pattern]
        }
    }

    private static func job(_ more: String) -> String { "scrape_configs: [{job_name: a, \(more)}]" }

    private static let blocks = [
        "alerting.alertmanagers.sigv4": "alerting: {alertmanagers: [{sigv4: {region: r}}]}",
        "alerting.alertmanagers.api_version": "alerting: {alertmanagers: [{api_version: v1}]}",
        "remote_write": "remote_write: [{url: 'http://x'}]", "remote_read": "remote_read: [{url: 'http://x'}]", "tracing": "tracing: {endpoint: x}",
        "otlp": "otlp: {promote_all_resource_attributes: true}", "runtime.gogc": "runtime: {gogc: 50}",
        "storage.tsdb.chunk_encoding.floats": "storage: {tsdb: {chunk_encoding: {floats: xor2}}}",
    ]

    @Test("every entry of the table is found where it stands, with its words, and the loader agrees about what is refused")
    func table() throws {
        for entry in Replacements.all {
            let text = try #require(Self.sample(entry), "\(entry.pattern) has no sample")
            let report = report(text)
            let key = entry.pattern.split(separator: ".").last ?? ""
            let found = report.findings.first { $0.what == entry.what && $0.instead == entry.instead }
            #expect(found?.key.contains(key) == true, "\(entry.pattern): \(report.lines)")
            #expect(found?.effect == entry.effect)
            #expect(report.findings.count == 1, "\(entry.pattern): \(report.lines)")
            #expect(report.failed == (entry.effect != .differs))
            let isRefused = (try? ConfigurationLoader.load("p.yml", files: .memory(["p.yml": text]))) == nil
            #expect(isRefused == (entry.effect == .refused), "\(entry.pattern)")
        }
    }

    @Test("every kind of discovery that is not there has its own advice, and so has every receiver")
    func completeness() {
        #expect(Set(Replacements.sources.keys) == Set(DiscoveryKinds.missing))
        let patterns = Set(Replacements.all.map(\.pattern))
        #expect(patterns.count == Replacements.all.count)
        for kind in DiscoveryKinds.missing {
            #expect(patterns.isSuperset(of: ["scrape_configs.\(kind)_sd_configs", "alerting.alertmanagers.\(kind)_sd_configs"]))
        }
        for section in ForeignReceivers.sections { #expect(patterns.contains("receivers.\(section.key)")) }
        for entry in Replacements.all { #expect(!entry.what.isEmpty && !entry.instead.isEmpty && !entry.instead.hasPrefix("use ")) }
    }

    // MARK: Reports

    @Test("all places of a file are told, from top to bottom, and what is sound is not")
    func places() {
        let report = report(
            """
            global: {scrape_interval: 15s, external_labels: {tracing: x}}
            runtime: {gogc: 75}
            scrape_configs:
              - job_name: k
                kubernetes_sd_configs: [{role: pod, authorization: {credentials_ref: x}}]
                consul_sd_configs: [{server: s}]
              - job_name: fine
                static_configs: [{targets: ['a:1'], labels: {credentials_ref: x}}]
                http_sd_configs: [{url: 'http://h'}]
                docker_sd_configs: [{host: 'unix:///s'}]
              - job_name: refs
                basic_auth: {username_ref: u, password_ref: p}
                scrape_protocols: [PrometheusProto, PrometheusText0.0.4]
              - job_name: typo
                scrape_intervall: 5s
              - job_name: timeout
                scrape_timeout: 60s
            remote_write:
              - url: http://x
                sigv4: {region: r}
            """)
        #expect(
            report.findings.map { "\($0.place.line):\($0.place.column) \($0.key) \($0.effect)" } == [
                "2:11 runtime.gogc differs", "5:5 scrape_configs[0].kubernetes_sd_configs refused", "6:5 scrape_configs[0].consul_sd_configs refused",
                "12:18 scrape_configs[2].basic_auth.username_ref refused", "12:35 scrape_configs[2].basic_auth.password_ref refused",
                "15:5 scrape_configs[3].scrape_intervall refused",
                "17:5 scrape_configs[4].scrape_timeout refused", "18:1 remote_write ignored",
            ])
        #expect(report.failed)
        #expect(report.lines.last == "p.yml: 7 places do not work here, 1 in another way")
        #expect(report.lines.contains { $0.hasPrefix("p.yml:15:5  scrape_configs[3].scrape_intervall  refused: unknown key \"scrape_intervall\"") })
        #expect(
            report.lines.contains {
                $0.hasPrefix("p.yml:6:5  scrape_configs[0].consul_sd_configs  refused: there is no such discovery here  dns_sd_configs with ")
            })
    }

    @Test("a file in which all works")
    func sound() {
        let report = report("scrape_configs: [{job_name: a, file_sd_configs: [{files: [t.json]}]}]\nruntime: {gogc: 1}")
        #expect(!report.failed)
        #expect(report.lines.count == 2 && report.lines.last == "p.yml: everything works here, 1 in another way")
        #expect(self.report("").lines == ["p.yml: everything works here"])
    }

    @Test("what cannot be read at all has its place too")
    func unreadable() {
        for text in ["scrape_configs: [", "a: b: c", "- 1", "scrape_configs: {}", "unknown: 1"] {
            let report = report(text)
            #expect(report.failed && report.findings.count == 1 && report.findings.first?.place.file == "p.yml", "\(report.lines)")
        }
        let missing = TakeoverReport("gone.yml", files: .memory([:]))
        #expect(missing.failed && missing.lines.first?.hasPrefix("gone.yml:1:1  -  refused: the file cannot be read") == true)
    }

    @Test("scrape files, rule files and a notifier's file are gone through as well")
    func otherFiles() {
        let report = report(
            "scrape_config_files: ['s/*.yml']\nrule_files: [r.yml, gone.yml]",
            [
                "s/a.yml": "scrape_configs: [{job_name: a, gce_sd_configs: [{}]}, {job_name: b, x: 1}]", "s/b.yml": "scrape_configs: [",
                "r.yml": "groups: [{name: g, rules: [{record: a, expr: 'sum('}]}]",
            ],
            notifications: """
                route: {receiver: r}
                tracing: {endpoint: x}
                receivers:
                  - name: r
                    opsgenie_configs: [{api_key: x}]
                    webhook_configs: [{}]
                """)
        #expect(
            report.findings.map { "\($0.place.file):\($0.place.line) \($0.key) \($0.effect)" } == [
                "s/a.yml:1 scrape_configs[0].gce_sd_configs refused", "s/a.yml:1 scrape_configs[1].x refused", "s/b.yml:2  refused",
                "am.yml:2 tracing ignored", "am.yml:5 receivers[0].opsgenie_configs refused", "am.yml:6 receivers[0].webhook_configs[0] refused",
                "r.yml:1  refused",
            ], "\(report.lines)")
    }

    @Test("faults without end come to one")
    func manyFaults() {
        let report = report("scrape_configs: [" + (0..<120).map { "{job_name: a\($0), bad\($0): 1}" }.joined(separator: ", ") + "]")
        #expect(report.failed && report.findings.count == 101)
    }

    // MARK: The field's files

    @Test("each file of the field: what is refused is told with its place, what is accepted is not")
    func conformance() throws {
        guard let root = ProcessInfo.processInfo.environment["MARTLET_CONFORMANCE"] else { return print("SKIPPED: MARTLET_CONFORMANCE is not set") }
        let folder = root + "/config"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix("yml") }.sorted()
        #expect(names.count > 150)
        for name in names {
            let report = TakeoverReport(folder + "/" + name, files: .disk)
            let refused = report.findings.filter { $0.effect == .refused }
            do throws(ConfigurationError) {
                _ = try ConfigurationLoader.load(folder + "/" + name, files: .disk)
                #expect(refused.isEmpty, "\(name): \(report.lines)")
            } catch {
                // Whether it points to the key or to the value is the same to a reader.
                for problem in error.problems {
                    #expect(refused.contains { problem.hasPrefix("\($0.place.file):\($0.place.line):") }, "\(name): \(problem): \(report.lines)")
                }
            }
        }
        let all = TakeoverReport(folder + "/conf.good.yml", files: .disk)
        let kinds = Set(all.findings.filter { $0.effect == .refused }.map { $0.key.split(separator: ".").last ?? "" })
        #expect(kinds.count > 15 && kinds.allSatisfy { $0.hasSuffix("_sd_configs") }, "\(all.lines)")
    }
}
