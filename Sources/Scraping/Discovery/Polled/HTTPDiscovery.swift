public import Model

/// Targets that a service tells of in JSON: `[{"targets": ["host:port"], "labels": {"name": "value"}}]`.
///
/// The protocol is that of <https://prometheus.io/docs/prometheus/latest/http_sd/>.
public enum HTTPDiscovery {
    public static let urlLabel = "__meta_url"
    /// A target has a few; more of them are a mistake that would cost every relabelling dear.
    static let mostLabels = 1024

    static func ask(_ configuration: HTTPDiscoveryConfiguration, _ client: some DiscoveryClient) async throws -> [[UInt8]] {
        let address = configuration.address
        let answer = try await client.get(
            DiscoveryRequest(
                url: address.bare, name: address.shown,
                headers: [
                    ("Accept", "application/json"),
                    ("X-Prometheus-Refresh-Interval-Seconds", FloatFormat.plain(Double(configuration.refreshInterval) / 1000)),
                ],
                client: address.client(configuration.client), timeout: configuration.refreshInterval))
        guard answer.status == 200 else { throw DiscoveryError("\(address.shown): the server answered with the status \(answer.status)") }
        let type = answer.header("Content-Type") ?? ""
        guard isJSON(type) else {
            throw DiscoveryError("\(address.shown): the answer's Content-Type is \(quoted(type)), which should be application/json")
        }
        return [answer.body]
    }

    /// JSON is always UTF-8; any other character set is a misunderstanding.
    static func isJSON(_ contentType: String) -> Bool {
        let type = contentType.lowercased().filter { !$0.isWhitespace }
        return ["application/json", "application/json;charset=utf-8", "application/json;charset=\"utf-8\""].contains(type)
    }

    /// The groups in an answer, each target with the address of the service among its labels. Throws at the first place that is not as it must be.
    public static func groups(in body: [UInt8], from url: String) throws(DiscoveryError) -> [TargetGroup] {
        let name = SourceAddress.shown(url)
        do throws(JSONFault) {
            let list = try JSONPlace.root(body).elements()
            var groups: [TargetGroup] = []
            for (index, item) in list.enumerated() { groups.append(try group(item, source: "\(url):\(index)", url)) }
            return groups
        } catch {
            throw DiscoveryError("\(name): \(error)")
        }
    }

    private static func group(_ item: JSONPlace, source: String, _ url: String) throws(JSONFault) -> TargetGroup {
        var targets: [Labels] = []
        var labels = LabelsBuilder()
        for (name, value) in try item.members() {
            // Names are taken in any case of letters, as services in Go, which have no other names for their fields, write them.
            switch name.lowercased() {
            case "targets":
                targets = []
                for target in try value.elements() { targets.append(Labels([(name: TargetGroup.addressLabel, value: try target.text())])) }
            case "labels":
                let members = value.value == .null ? [] : try value.members()
                if members.count > mostLabels { throw value.fault("more than \(mostLabels) labels") }
                for (name, value) in members {
                    guard NameValidation.utf8.acceptsLabel(name) else { throw value.fault("\(quoted(name)) is not a valid label name") }
                    labels.set(name, try value.text())
                }
            default: throw value.fault("a group has targets and labels and nothing else")
            }
        }
        labels.set(urlLabel, url)
        return TargetGroup(source: source, targets: targets, labels: labels.labels())
    }

    /// Labels as they may be shown: without the password that the address of the service may have.
    public static func shown(_ labels: Labels) -> Labels {
        guard let url = labels[urlLabel], case let shown = SourceAddress.shown(url), !sameBytes(shown, url) else { return labels }
        return labels.setting(urlLabel, shown)
    }
}
