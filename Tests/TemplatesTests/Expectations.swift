import Model
import Templates
import Testing

/// What a template becomes.
enum Expansion: Sendable {
    case text(String)
    /// The line of the fault and what it is.
    case unreadable(String)
    /// The line and column of the fault and what it is.
    case fault(String, String)
    /// As `fault`, within another template.
    case faultIn(String, String, String)

    var text: String {
        switch self {
        case .text(let text): text
        case .unreadable(let fault): "<error expanding template: error parsing template __alert_A: template: __alert_A:\(fault)>"
        case .fault(let place, let fault): Expansion.faultIn("__alert_A", place, fault).text
        case .faultIn(let name, let place, let fault):
            "<error expanding template: error executing template __alert_A: template: __alert_A:\(place): executing \"\(name)\" at \(fault)>"
        }
    }
}

/// How messages call the type of what templates see.
let dataType = "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }"

/// How the labels of the alert print.
let labelMap = #"map[__name__:m instance:host-1.example.com:9100 job:node msg:<a href="x">Tom & 'Jerry'</a>]"#

func expectExpansion(of template: String, _ expected: Expansion, _ location: SourceLocation = #_sourceLocation) {
    #expect(expanded(template) == expected.text, sourceLocation: location)
}

/// The text that an annotation of the alert `A` has for one alert.
func expanded(_ template: String) -> String {
    AlertTemplate(template, alert: "A").text(for: SampleAlert.alert, externalLabels: SampleAlert.externalLabels, host: SampleAlert.host)
}

/// The alert that all templates are expanded for, and the server around it.
enum SampleAlert {
    static let alert = AlertTemplate.Alert(
        labels: labels(
            ("__name__", "m"), ("instance", "host-1.example.com:9100"), ("job", "node"), ("msg", #"<a href="x">Tom & 'Jerry'</a>"#)),
        value: 1_234_567.5)
    static let externalLabels = labels(("region", "eu"), ("cluster", "c1"))

    static var host: RuleTemplateHost {
        RuleTemplateHost(externalURL: "http://prom.example.com:9090/path", now: 1_700_000_000_000, query: answer)
    }

    private static func labels(_ pairs: (String, String)...) -> Labels { Labels(pairs.map { (name: $0.0, value: $0.1) }) }

    private static let up = [
        RuleSample(labels: labels(("__name__", "up"), ("instance", "b:1"), ("rank", "10")), value: 0),
        RuleSample(labels: labels(("__name__", "up"), ("instance", "a:1"), ("rank", "9")), value: 1),
        RuleSample(labels: labels(("__name__", "up"), ("instance", "c:1"), ("rank", "9")), value: 1),
    ]

    private struct QueryFault: Error, CustomStringConvertible { let description: String }

    private static func answer(_ query: String) throws -> [RuleSample] {
        func one(_ value: Double) -> [RuleSample] { [RuleSample(labels: .empty, value: value)] }
        switch query {
        case "up": return up
        case "up == 0": return [up[0]]
        case #"up{instance="a:1"}"#, "up{instance='a:1'}": return [up[1]]
        case "sum(up)": return one(2)
        case "count(up)": return one(3)
        case "1": return one(1)
        case "vector(Inf)": return one(.infinity)
        case "vector(-Inf)": return one(-.infinity)
        case "vector(NaN)": return one(.nan)
        case "(": throw QueryFault(description: "1:2: parse error: unclosed left parenthesis")
        case "rate(": throw QueryFault(description: "1:6: parse error: unclosed left parenthesis")
        case "": throw QueryFault(description: "unknown position: parse error: no expression found in input")
        default: return []
        }
    }
}
