import Alertmanagers
import ConfigurationFile
import Model
import Scraping
import StrictYAML
import Testing

@Suite("Loading a configuration")
struct ConfigurationLoaderTests {
    private func load(_ text: String, _ more: [String: String] = [:], environment: [String: String] = [:]) throws -> ServerConfiguration {
        try ConfigurationLoader.load("conf/p.yml", files: .memory(more.merging(["conf/p.yml": text]) { $1 }), environment: environment)
    }

    @Test("an empty file is a server with defaults")
    func empty() throws {
        let configuration = try load("")
        #expect(configuration.global.scraping.interval == 60_000)
        #expect(configuration.scrapeConfigurations.isEmpty)
    }

    @Test("jobs inherit from global; a short interval shortens the timeout")
    func inheritance() throws {
        let jobs = try load(
            """
            global: {scrape_interval: 20s, sample_limit: 7, scrape_timeout: 15s}
            scrape_configs:
              - {job_name: a}
              - {job_name: b, scrape_interval: 5s, sample_limit: 9}
            """
        ).scrapeConfigurations
        #expect(jobs.map(\.interval) == [20_000, 5000])
        #expect(jobs.map(\.timeout) == [15_000, 5000])
        #expect(jobs.map(\.limits.samples) == [7, 9])
    }

    /// What `global` and a job say, and whether protobuf is asked for first, and native histograms are stored.
    @Test(
        "who wants native histograms asks for protobuf first, unless protocols are given",
        arguments: [
            ("", "", false, false), ("scrape_native_histograms: true", "", true, true), ("", "scrape_native_histograms: true", true, true),
            ("scrape_native_histograms: true", "scrape_native_histograms: false", false, false),
            ("scrape_protocols: [PrometheusText0.0.4]", "scrape_native_histograms: true", false, true),
            ("scrape_native_histograms: true, scrape_protocols: [PrometheusText0.0.4]", "", false, true),
            ("scrape_protocols: [PrometheusText0.0.4]", "scrape_protocols: [PrometheusProto]", true, false),
        ])
    func protocols(global: String, job: String, asksFirst: Bool, stores: Bool) throws {
        let configuration = try load("global: {\(global)}\nscrape_configs: [{job_name: a, \(job)}]")
        let loaded = try #require(configuration.scrapeConfigurations.first)
        #expect((loaded.protocols.first == .prometheusProto) == asksFirst && loaded.histograms.scrapeNative == stores)
        #expect(configuration.warnings.isEmpty)
    }

    @Test("environment variables in external labels")
    func environment() throws {
        let text = "global:\n  external_labels: {a: '${X}', b: '$$X', c: 'x${Y}y', d: 'p$X-q'}"
        let configuration = try load(text, environment: ["X": "v"])
        #expect(configuration.global.externalLabels.description == #"{a="v", b="$X", c="xy", d="pv-q"}"#)
        #expect(configuration.warnings.contains { $0.contains("variable Y") })
    }

    @Test(
        "mistakes are told with place and cause",
        arguments: [
            ("scrape_configs:\n  - job_name: a\n    scrape_intervall: 1s", "conf/p.yml:3:5: unknown key \"scrape_intervall\""),
            ("scrape_configs:\n  - job_name: a\n    scrape_interval: 1x", "conf/p.yml:3:22: scrape_configs[0].scrape_interval: expected a duration"),
            ("scrape_configs:\n  - job_name: a\n    oauth2: {client_id: x}", "oauth2: token_url is missing"),
            (
                "scrape_configs:\n  - job_name: a\n    oauth2: {client_id: x, token_url: 'http://t', grant_type: 'urn:x'}",
                "only client_credentials is supported"
            ),
            ("scrape_configs:\n  - job_name: a\n    proxy_url: https://u:secret@x", "a proxy can be reached by http or socks5, not by \"https\""),
            ("scrape_configs:\n  - job_name: a\n    no_proxy: x", "no_proxy needs a proxy_url"),
            ("scrape_configs:\n  - job_name: a\n    proxy_url: http://x\n    proxy_from_environment: true", "there must be no proxy_url"),
            ("scrape_configs:\n  - job_name: a\n    consul_sd_configs: [{server: x}]", "use file_sd_configs"),
        ])
    func mistakes(text: String, expected: String) {
        do {
            _ = try load(text)
            Issue.record("accepted")
        } catch {
            #expect("\(error)".contains(expected), "\(error)")
        }
    }

    @Test("the shown configuration holds no secret and loads again to the same")
    func redaction() throws {
        let text = """
            global: {external_labels: {z: '1'}}
            scrape_configs:
              - job_name: a
                basic_auth: {username: u, password: hunter2}
                http_headers: {X-Key: {secrets: [hunter2], values: [v]}}
                params: {q: [a, b]}
                static_configs: [{targets: ['h:1'], labels: {l: v}}]
                relabel_configs: [{source_labels: [l], regex: 'a|b', action: drop}]
                metric_relabel_configs: [{regex: x, action: labeldrop}]
                body_size_limit: 15MB
              - job_name: b
                authorization: {credentials: hunter2}
                tls_config: {key: hunter2, cert: c, server_name: s}
                file_sd_configs: [{files: [/t/*.json]}]
                dns_sd_configs: [{names: [_a._tcp.b]}, {names: [c, d], type: aaaa, port: 80, refresh_interval: 5s}]
                docker_sd_configs: [{host: 'unix:///s', filters: [{name: f, values: [a, b]}], match_first_network: false}, {host: 'tcp://h'}]
                http_sd_configs: [{url: 'https://h/t', tls_config: {insecure_skip_verify: true}, refresh_interval: 5s}, {url: 'http://h'}]
              - job_name: c
                oauth2: {client_id: i, client_secret: hunter2, token_url: 'http://t', scopes: [s], endpoint_params: {p: v},
                  tls_config: {insecure_skip_verify: true}, proxy_url: 'http://u:hunter2@p:1'}
                proxy_url: 'http://u:hunter2@p:1'
                no_proxy: a,b
                proxy_connect_header: {X-A: [hunter2, hunter2]}
              - {job_name: d, proxy_from_environment: true}
            alerting:
              alert_relabel_configs: [{target_label: a, replacement: b}]
              alertmanagers:
                - basic_auth: {username: u, password: hunter2}
                  path_prefix: /am
                  timeout: 3s
                  scheme: https
                  dns_sd_configs: [{names: [am], type: MX, port: 9093}]
                  http_sd_configs: [{url: 'http://am'}]
                  relabel_configs: [{source_labels: [x], action: keep, regex: y}]
                  alert_relabel_configs: [{regex: x, action: labeldrop}]
                - static_configs: [{targets: ['h:1']}]
            """
        let first = try load(text)
        #expect(!first.redacted.contains("hunter2"))
        #expect(first.scrapeConfigurations.allSatisfy { !$0.redacted.contains("hunter2") && $0.redacted.hasPrefix("job_name: \($0.jobName)\n") })
        let second = try load(first.redacted)
        #expect(second.redacted == first.redacted)
        #expect(
            second.scrapeConfigurations
                == first.scrapeConfigurations.map { job in
                    var job = job
                    job.client = second.scrapeConfigurations.first { $0.jobName == job.jobName }?.client ?? job.client
                    return job
                })
        #expect(second.alerting.alertmanagers.map(\.discovery) == first.alerting.alertmanagers.map(\.discovery))
        let managers = try #require(first.alerting.alertmanagers.first)
        #expect(managers.scheme == "https" && managers.pathPrefix == "/am" && managers.timeout == 3000)
        #expect(managers.discovery.dnsDiscovery == [DNSDiscoveryConfiguration(names: ["am"], type: .mx, port: 9093)])
        #expect(first.warnings == [])
    }

    @Test("the login of a source's address is not shown either")
    func addressRedaction() throws {
        let configuration = try load(
            """
            scrape_configs:
              - job_name: a
                http_sd_configs: [{url: 'http://u:hunter2@h/t', basic_auth: {username: u, password: hunter2}}]
                docker_sd_configs: [{host: 'tcp://u:hunter2@h'}]
            """)
        #expect(!configuration.redacted.contains("hunter2") && configuration.redacted.contains("http://u:<secret>@h/t"))
    }

    @Test("target files: read, re-read on change, kept when damaged, gone when removed")
    func fileDiscovery() throws {
        var discovery = FileDiscovery(FileDiscoveryConfiguration(patterns: ["t/*.json"]))
        #expect(discovery.refresh(.memory(["t/a.json": #"[{"targets": ["h:1"], "labels": {"x": "y"}}]"#])).changed)
        #expect(discovery.groups.first?.labels.description == #"{__meta_filepath="t/a.json", x="y"}"#)
        let (changed, problems) = discovery.refresh(.memory(["t/a.json": #"[{"targets": ["h:1""#]))
        #expect(!changed)
        #expect(problems.count == 1)
        #expect(discovery.groups.count == 1)
        #expect(discovery.refresh(.memory([:])).changed)
        #expect(discovery.groups.isEmpty)
    }
}
