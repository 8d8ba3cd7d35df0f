public import Model

/// An annotation or a label of an alerting rule: text with what stands in double braces filled in for each alert.
///
/// Made once for a rule and expanded for every alert of every evaluation; a text without braces costs nothing.
public struct AlertTemplate: Sendable {
    /// What a template sees of one alert.
    public struct Alert: Sendable {
        public let labels: Labels
        /// The value of the rule's expression.
        public let value: Double

        public init(labels: Labels, value: Double) {
            self.labels = labels
            self.value = value
        }
    }

    private enum Form: Sendable {
        case plain
        case template(Template<RuleTemplateHost>)
        case broken(TemplateError)
    }

    /// The text as it stands in the rule.
    public let text: String
    /// How messages call the template.
    public let name: String
    private let form: Form

    /// Variables that every text can use. They are a part of the template, and so columns in messages count them.
    private static let preamble =
        "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"

    /// Reads a text of the alerting rule of that name. A text that cannot be read is kept: it expands to what is wrong with it.
    public init(_ text: String, alert: String) {
        self.text = text
        name = "__alert_" + alert
        guard text.utf8.contains(UInt8(ascii: "{")) else {
            form = .plain
            return
        }
        do throws(TemplateError) {
            form = .template(try Template(parsing: Self.preamble + text, name: name, functions: RuleFunctions.all))
        } catch {
            form = .broken(error)
        }
    }

    /// Why the text cannot be read, nil if it can. What goes wrong for single alerts alone shows only in `expand`.
    public var parseError: TemplateError? {
        if case .broken(let error) = form { return error }
        return nil
    }

    /// The text for one alert. Throws with the words of Prometheus, the name of the template twice in them.
    public func expand(_ alert: Alert, externalLabels: Labels, host: RuleTemplateHost) throws(TemplateError) -> String {
        switch form {
        case .plain: return text
        case .broken(let error): throw TemplateError(.parsing, "error parsing template \(name): \(error)")
        case .template(let template):
            do throws(TemplateError) {
                return try template.execute(Self.data(alert, externalLabels, host.externalURL), host: host)
            } catch {
                throw TemplateError(.executing, "error executing template \(name): \(error)")
            }
        }
    }

    /// As `expand`, but with the error in place of the text, as alerts carry it.
    public func text(for alert: Alert, externalLabels: Labels, host: RuleTemplateHost) -> String {
        do throws(TemplateError) {
            return try expand(alert, externalLabels: externalLabels, host: host)
        } catch {
            return "<error expanding template: \(error)>"
        }
    }

    private static let typeName = "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }"

    private static func data(_ alert: Alert, _ externalLabels: Labels, _ externalURL: String) -> TemplateValue {
        .record(
            TemplateRecord(
                [
                    .init("Labels", .labels(alert.labels)), .init("ExternalLabels", .labels(externalLabels)),
                    .init("ExternalURL", .string(externalURL)), .init("Value", .double(alert.value), isAny: true),
                ], typeName: typeName))
    }
}
