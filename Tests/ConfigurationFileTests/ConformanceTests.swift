import ConfigurationFile
import Foundation
import Model
import Rules
import StrictYAML
import Testing

/// Runs over the public vectors where `MARTLET_CONFORMANCE` names their folder.
@Suite("Configuration files of the field get the field's verdict")
struct ConformanceTests {
    /// Files that are good for Prometheus and refused here, and one that it refuses too without saying so in its name.
    private static let refusedHere: [String: String] = [
        "conf.good.yml": "names many discovery kinds that are not there yet",
        "roundtrip.good.yml": "names discovery kinds that are not there yet",
        "kubernetes_empty_apiserver.good.yml": "kubernetes discovery", "kubernetes_kubeconfig_without_apiserver.good.yml": "kubernetes discovery",
        "kubernetes_selectors_endpoints.good.yml": "kubernetes discovery", "kubernetes_selectors_ingress.good.yml": "kubernetes discovery",
        "kubernetes_selectors_node.good.yml": "kubernetes discovery", "kubernetes_selectors_pod.good.yml": "kubernetes discovery",
        "kubernetes_selectors_service.good.yml": "kubernetes discovery",
        "scrape_config_files_glob.good.yml": "one of the files it takes in uses vultr discovery",
        "config_with_deprecated_am_api_config.yml": "version 1 of the alertmanager API is gone",
        "otlp_allow_utf8.incompatible.yml": "incompatible, as its name says",
        "otlp_no_translation.incompatible.yml": "incompatible, as its name says",
    ]

    private static func folder(_ name: String) -> String? {
        guard let root = ProcessInfo.processInfo.environment["MARTLET_CONFORMANCE"] else {
            print("SKIPPED: MARTLET_CONFORMANCE is not set, the \(name) vectors are not checked")
            return nil
        }
        return root + "/" + name
    }

    private static func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix("yml") || $0.hasSuffix("yaml") }.sorted()
    }

    @Test("server configurations")
    func configurations() throws {
        guard let folder = Self.folder("config") else { return }
        let names = Self.names(folder)
        #expect(names.count > 150)
        for name in names {
            let refused: String?
            do throws(ConfigurationError) {
                _ = try ConfigurationLoader.load(folder + "/" + name, files: .disk)
                refused = nil
            } catch {
                refused = error.description
            }
            let shouldRefuse = name.contains(".bad.") || Self.refusedHere[name] != nil
            #expect((refused != nil) == shouldRefuse, "\(name): \(refused ?? "accepted")")
            if let refused { #expect(refused.contains(#/\.yml:\d+:\d+: /#), "\(name) is refused without a place: \(refused)") }
        }
    }

    @Test("rule files")
    func rules() throws {
        guard let folder = Self.folder("rules") else { return }
        let names = Self.names(folder)
        #expect(names.count >= 16)
        for name in names {
            let bytes = try FileReading.disk.read(folder + "/" + name)
            let validation: NameValidation = name.hasPrefix("legacy") ? .legacy : .utf8
            let accepted = (try? RuleFile.parse(bytes, file: name, validation: validation)) != nil
            #expect(accepted == !name.contains(".bad."), "\(name)")
        }
    }

    @Test(
        "the check command",
        arguments: [
            ("authorization_credentials_file.bad.yml", false), ("authorization_credentials_file.good.yml", true),
            ("config_with_rule_files.yml", false), ("config_with_service_discovery_files.yml", true), ("config_with_tls_files.yml", false),
            ("prometheus-config.bad.yml", false), ("prometheus-config.good.yml", true), ("prometheus-config.lint.yml", true),
            ("url_in_alert_targetgroup_with_relabel_config.bad.yml", false), ("url_in_alert_targetgroup_with_relabel_config.good.yml", true),
            ("url_in_scrape_targetgroup_with_relabel_config.bad.yml", false), ("url_in_scrape_targetgroup_with_relabel_config.good.yml", true),
        ])
    func check(name: String, good: Bool) {
        guard let folder = Self.folder("rule-unit-tests") else { return }
        let check = ConfigurationCheck(folder + "/" + name, files: .disk)
        #expect(check.failed == !good, "\(check.lines)")
    }
}
