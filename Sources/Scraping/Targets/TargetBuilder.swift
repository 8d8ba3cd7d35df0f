import Model

/// Makes targets of what discovery found.
struct TargetBuilder {
    enum Outcome {
        case target(Target)
        /// Relabelling dropped it; these are its labels before.
        case dropped(Labels)
    }

    let job: ScrapeConfiguration

    /// All targets of a group; what cannot be one is told with its place.
    func build(_ group: TargetGroup) -> (outcomes: [Outcome], problems: [String]) {
        var outcomes: [Outcome] = []
        var problems: [String] = []
        for (number, labels) in group.targets.enumerated() {
            var builder = LabelsBuilder(group.labels)
            for label in labels { builder.set(label.name, label.value) }
            do {
                outcomes.append(try build(builder))
            } catch {
                problems.append("\(job.jobName): instance \(number) in group \(group.source): \(error)")
            }
        }
        return (outcomes, problems)
    }

    private func build(_ found: LabelsBuilder) throws(ScrapeError) -> Outcome {
        var builder = found
        addDefaults(to: &builder)
        let discovered = builder.labels()
        guard Relabeller.apply(job.relabelling, to: &builder) else { return .dropped(discovered) }
        guard let address = builder["__address__"] else { throw ScrapeError("no address") }
        guard !address.contains("/") else { throw ScrapeError("\(quoted(address)) is not a valid hostname") }
        let scheme = builder["__scheme__"] ?? "http"
        guard scheme == "http" || scheme == "https" else { throw ScrapeError("invalid scheme: \(quoted(scheme))") }
        let interval = try duration("__scrape_interval__", "scrape interval", builder)
        let timeout = try duration("__scrape_timeout__", "scrape timeout", builder)
        guard timeout <= interval else {
            let shown = "\(quoted(PromDuration.format(timeout))) > \(quoted(PromDuration.format(interval)))"
            throw ScrapeError("scrape timeout cannot be greater than scrape interval (\(shown))")
        }
        builder.removeAll { $0.name.utf8.starts(with: "__meta_".utf8) }
        if builder["instance"] == nil { builder.set("instance", address) }
        let labels = builder.labels()
        let url = TargetURL(scheme: scheme, address: address, path: labels["__metrics_path__"] ?? "", query: query(labels))
        return .target(
            Target(
                allLabels: labels, discoveredLabels: discovered, scrapePool: job.jobName, url: url.description, interval: interval,
                timeout: timeout))
    }

    /// What the job says, where discovery does not.
    private func addDefaults(to builder: inout LabelsBuilder) {
        let defaults = [
            ("job", job.jobName), ("__scrape_interval__", PromDuration.format(job.interval)),
            ("__scrape_timeout__", PromDuration.format(job.timeout)), ("__metrics_path__", job.metricsPath), ("__scheme__", job.scheme),
        ]
        for (name, value) in defaults where builder[name] == nil { builder.set(name, value) }
        for parameter in job.parameters {
            if let first = parameter.values.first { builder.set("__param_" + parameter.name, first) }
        }
    }

    private func duration(_ label: String, _ what: String, _ labels: LabelsBuilder) throws(ScrapeError) -> Int64 {
        let text = labels[label] ?? ""
        guard let milliseconds = PromDuration.parse(text) else {
            throw ScrapeError("error parsing \(what): not a valid duration string: \(quoted(text))")
        }
        guard milliseconds > 0 else { throw ScrapeError("\(what) cannot be 0") }
        return milliseconds
    }

    /// The job's parameters, the first value of each replaced by what its label says.
    private func query(_ labels: Labels) -> [(name: String, values: [String])] {
        var parameters = job.parameters.map { (name: $0.name, values: $0.values) }
        for label in labels where label.name.utf8.starts(with: "__param_".utf8) {
            let name = String(decoding: label.name.utf8.dropFirst(8), as: UTF8.self)
            if let at = parameters.firstIndex(where: { sameBytes($0.name, name) && !$0.values.isEmpty }) {
                parameters[at].values[0] = label.value
            } else {
                parameters.append((name, [label.value]))
            }
        }
        return parameters.sorted { precedes($0.name, $1.name) }
    }
}
