import Alertmanagers
import Model
import Notifier
import Scraping
import StrictYAML

/// The effective configuration as YAML: defaults filled in, secrets masked, keys in the order Prometheus prints them.
enum EffectiveYAML {
    static func text(of configuration: ServerConfiguration) -> String {
        var map = MappingOutput()
        map.add("global", .mapping(global(configuration.global)))
        map.texts("rule_files", configuration.ruleFilePatterns)
        map.texts("scrape_config_files", configuration.scrapeFilePatterns)
        map.list("scrape_configs", configuration.scrapeConfigurations.map(job))
        var alerting = MappingOutput()
        alerting.list("alert_relabel_configs", configuration.alerting.alertRelabelling.map(rule))
        alerting.list("alertmanagers", configuration.alerting.alertmanagers.map(alertmanagers))
        if !alerting.entries.isEmpty { map.add("alerting", alerting.output) }
        map.add("storage", configuration.storage.output)
        if let notifications = configuration.notifications.shown { map.add("notifications", notifications) }
        return map.output.document
    }

    private static func global(_ global: GlobalConfiguration) -> [(key: String, value: YAMLOutput)] {
        var map = MappingOutput()
        let scraping = global.scraping
        map.duration("scrape_interval", scraping.interval)
        map.duration("scrape_timeout", scraping.timeout)
        map.texts("scrape_protocols", scraping.protocols.map(\.rawValue))
        map.duration("evaluation_interval", global.evaluationInterval)
        if global.ruleQueryOffset > 0 { map.duration("rule_query_offset", global.ruleQueryOffset) }
        map.text("query_log_file", global.queryLogFile)
        map.text("scrape_failure_log_file", scraping.failureLogFile)
        map.labels("external_labels", global.externalLabels)
        map.limits(scraping.limits)
        map.naming(scraping.nameValidation, scraping.nameEscaping ?? scraping.nameValidation.usualEscaping)
        map.histograms(scraping.histograms)
        map.flag("extra_scrape_metrics", scraping.extraScrapeMetrics, usual: false)
        return map.entries
    }

    static func text(of job: ScrapeConfiguration) -> String { self.job(job).document }

    private static func job(_ job: ScrapeConfiguration) -> YAMLOutput {
        var map = MappingOutput()
        map.text("job_name", job.jobName)
        map.flag("honor_labels", job.honorLabels, usual: false)
        map.add("honor_timestamps", .bool(job.honorTimestamps))
        map.add("track_timestamps_staleness", .bool(job.trackTimestampsStaleness))
        if !job.parameters.isEmpty { map.add("params", .mapping(job.parameters.map { ($0.name, .texts($0.values)) })) }
        map.duration("scrape_interval", job.interval)
        map.duration("scrape_timeout", job.timeout)
        map.texts("scrape_protocols", job.protocols.map(\.rawValue))
        map.text("fallback_scrape_protocol", job.fallbackProtocol?.rawValue)
        map.histograms(job.histograms)
        map.text("metrics_path", job.metricsPath)
        map.text("scheme", job.scheme)
        map.add("enable_compression", .bool(job.enableCompression))
        map.limits(job.limits)
        map.naming(job.nameValidation, job.nameEscaping)
        map.text("scrape_failure_log_file", job.failureLogFile)
        map.flag("extra_scrape_metrics", job.extraScrapeMetrics, usual: false)
        map.client(job.client)
        map.list("relabel_configs", job.relabelling.map(rule))
        map.list("metric_relabel_configs", job.metricRelabelling.map(rule))
        map.discovery(job.discovery)
        return map.output
    }

    private static func alertmanagers(_ managers: AlertmanagerConfiguration) -> YAMLOutput {
        var map = MappingOutput()
        map.client(managers.client)
        map.text("scheme", managers.scheme)
        map.text("path_prefix", managers.pathPrefix.isEmpty ? nil : managers.pathPrefix)
        map.duration("timeout", managers.timeout)
        map.text("api_version", "v2")
        map.list("relabel_configs", managers.relabelling.map(rule))
        map.list("alert_relabel_configs", managers.alertRelabelling.map(rule))
        map.discovery(managers.discovery)
        return map.output
    }

    private static func rule(_ rule: RelabelRule) -> YAMLOutput {
        var map = MappingOutput()
        if !rule.sourceLabels.isEmpty { map.texts("source_labels", rule.sourceLabels) }
        let namesOnly = rule.action == .labeldrop || rule.action == .labelkeep
        let compares = rule.action == .keepequal || rule.action == .dropequal
        if !namesOnly, !compares { map.text("separator", rule.separator) }
        if !compares { map.text("regex", rule.regex.pattern) }
        if rule.modulus > 0 { map.add("modulus", .word(String(rule.modulus))) }
        map.text("target_label", rule.targetLabel.isEmpty ? nil : rule.targetLabel)
        if !namesOnly, !compares { map.text("replacement", rule.replacement) }
        map.text("action", rule.action.rawValue)
        return map.output
    }
}

extension ScrapeConfiguration {
    /// The effective configuration of the job by itself, as YAML, without secrets.
    public var redacted: String { EffectiveYAML.text(of: self) }
}
